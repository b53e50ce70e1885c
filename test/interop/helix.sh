#!/bin/sh
# Opens a Dockerfile in Helix, in a terminal of tmux, presses keys as a user does, and prints what
# stands on the screen and in the file.
set -eu
home=$(mktemp -d)
trap 'tmux -L editor kill-server 2>/dev/null || true; rm -rf "$home"' EXIT
mkdir "$home/helix"
cat > "$home/helix/languages.toml" <<END
[language-server.llb-lens]
command = "node"
args = ["$INTEROP_SERVER", "lsp", "--stdio"]

[[language]]
name = "dockerfile"
language-servers = ["llb-lens"]
END

export LC_ALL=C.UTF-8 TERM=xterm-256color XDG_CONFIG_HOME="$home"
keys() { tmux -L editor send-keys "$@"; }
screen() { tmux -L editor capture-pane -p; }
# Waits until the screen shows a pattern, and prints the line.
shows() {
  for _ in $(seq 200); do
    if screen | grep -E -m1 -- "$1"; then return; fi
    sleep 0.1
  done
  screen >&2
  echo "Helix does not show $1" >&2
  exit 1
}
say() { printf '\n%s: %s\n' "$1" "$2" >&2; }

tmux -L editor -f /dev/null new-session -d -x 240 -y 30 "${HELIX:-hx} '$INTEROP_FILE'"
# The status line counts what is wrong.
shows '● +1' > /dev/null
keys Space d
say diagnostic "$(shows 'unknown instruction: CO')"
keys Escape
keys ':goto 5' Enter
keys g h 1 2 l g d
say definition "$(shows ' 1:[0-9]+ *$' | sed -E 's/.* ([0-9]+):[0-9]+ *$/\1/')"
keys Space r
shows 'rename-to:' > /dev/null
keys C-u builder Enter
shows 'from=builder' > /dev/null
keys ':write' Enter
shows 'written' > /dev/null
say renamed "$(grep -c builder "$INTEROP_FILE")"
keys g e A C-x
# A row of the menu has a kind behind the name; the line of the file has a flag there.
say completion "$(shows 'COPY +[a-z]+' | grep -E -o 'COPY +[a-z]+')"
keys Escape Escape
keys ':format' Enter
shows '^ *3 {3,}B=2' > /dev/null
keys ':write!' Enter
for _ in $(seq 100); do
  if grep -q '^ \{1,\}B=2' "$INTEROP_FILE"; then break; fi
  sleep 0.1
done
say formatted "$(grep -q '^[[:blank:]]\{1,\}B=2' "$INTEROP_FILE" && echo yes || echo no)"
keys ':quit!' Enter
