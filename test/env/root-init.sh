#!/bin/sh
# Process 1 of the test environment's private root. It is started by root-process.ts inside its own
# mount and process namespaces, so that every mount made here and every process started here ends
# with it, even when it is killed: nothing is ever left mounted on the machine.
#
# usage: root-init.sh ROOT STATE      (STATE: a folder below ROOT, as seen from inside)
#
# STATE/bridges      lines "NAME ADDRESS/LENGTH": network bridges to make and remove again
# STATE/services     lines "NAME COMMAND [ARG]...": programs to run until the end (split at blanks)
# standard input     everything stops when it closes, so nothing outlives the keeper
set -eu
root=$1
state=$2
exec 3<&0 </dev/null

# runc makes the root's propagation "slave", which only a mount point has; containerd and the
# daemons want the same of their data folder.
mount --bind "$root" "$root"
mount --bind "$root/var/lib/llb-lens" "$root/var/lib/llb-lens"
cd "$root"
# The number of this process as the outside sees it, for nsenter.
read -r outside_pid _ </proc/self/stat
echo "$outside_pid" >".$state/init.pid"
# The machine's own folders appear in their places, so that a path means the same inside and out.
for folder in /*; do
  [ -d "$folder" ] && [ ! -L "$folder" ] || continue
  case $folder in
    /bin | /sbin | /lib* | /usr | /etc | /var | /run | /boot | /nix | /proc | /lost+found) continue ;;
  esac
  mkdir -p ".$folder"
  mount --rbind "$folder" ".$folder"
done
mount -t proc proc proc
mkdir -p old-root
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
  sed -i "s/\"bridge\": *\"$name\"/\"bridge\": \"none\"/" "$state"/*.json
done <"$state/bridges"

# Runs a service until told to stop, and again when it ends before: a test that crashes a daemon
# spoils no other test.
supervise() {
  log=$state/$1.log
  shift
  child=
  trap 'trap "" TERM; kill -TERM "$child"; wait "$child"; exit 0' TERM
  while :; do
    "$@" >>"$log" 2>&1 3<&- &
    child=$!
    wait "$child" || echo "ended with status $?, started again" >>"$log"
    sleep 0.2
  done
}

pids=
stop() {
  trap '' TERM INT HUP
  for pid in $pids; do kill -TERM "$pid" 2>/dev/null || true; done
  # The daemons close their data bases; what does not end in time ends with this process.
  (
    sleep 10
    for pid in $pids; do kill -KILL "$pid" 2>/dev/null || true; done
  ) &
  for pid in $pids; do wait "$pid" || true; done
  remove_bridges
  exit 0
}
trap stop TERM INT HUP

while read -r name command; do
  # shellcheck disable=SC2086
  supervise "$name" $command &
  pids="$pids $!"
done <"$state/services"

# Blocks until the keeper closes its end, or has died. A shell runs traps only between commands,
# hence in the background.
(
  cat <&3 >/dev/null
  kill -TERM 1
) &
while :; do wait; sleep 1; done
