#!/bin/sh
# Process 1 of the test environment's private root. It is started by root-process.ts inside its own
# mount and process namespaces, so that every mount made here and every process started here ends
# with it, even when it is killed: nothing is ever left mounted on the machine.
#
# usage: root-init.sh ROOT STATE      (STATE: a folder below ROOT, as seen from inside)
#
# STATE/bridges      lines "NAME ADDRESS/LENGTH": network bridges to make and remove again
# STATE/services     lines "NAME COMMAND [ARG]...": programs to run until the end (split at blanks)
set -eu
root=$1
state=$2

# runc makes the root's propagation "slave", which only a mount point has; containerd and the
# daemons want the same of their data folder.
mount --bind "$root" "$root"
mount --bind "$root/var/lib/llb-lens" "$root/var/lib/llb-lens"
cd "$root"
mkdir -p host old-root
mount --rbind / host
mount --rbind /sys sys
mount --rbind /dev dev
mount -t proc proc proc
pivot_root . old-root
cd /
umount -l /old-root
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH HOME=/root LC_ALL=C.UTF-8

remove_bridges() {
  while read -r name _; do
    ip link delete "$name" 2>/dev/null || true
  done <"$state/bridges"
}

remove_bridges
while read -r name address; do
  if ip link add "$name" type bridge && ip address add "$address" dev "$name" && ip link set "$name" up; then
    continue
  fi
  echo "no bridge $name: this kernel or container forbids it" >&2
  ip link delete "$name" 2>/dev/null || true
done <"$state/bridges"

pids=
stop() {
  trap '' TERM INT HUP
  for pid in $pids; do kill -TERM "$pid" 2>/dev/null || true; done
  # The daemons close their data bases; what does not end in time ends with this process.
  tries=50
  while [ "$tries" -gt 0 ]; do
    alive=
    for pid in $pids; do if kill -0 "$pid" 2>/dev/null; then alive=1; fi; done
    [ -n "$alive" ] || break
    tries=$((tries - 1))
    sleep 0.1
  done
  remove_bridges
  exit 0
}
trap stop TERM INT HUP

while read -r name command; do
  # shellcheck disable=SC2086
  $command >"$state/$name.log" 2>&1 </dev/null &
  pids="$pids $!"
  echo "$!" >"$state/$name.pid"
done <"$state/services"
echo ready >"$state/ready"

# A trapped signal ends `wait` early with a status over 128; then the trap has run.
while :; do wait; sleep 1; done
