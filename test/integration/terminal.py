# Runs a command in a pseudo terminal, driven by JSON lines: {"send": TEXT} and {"resize": [ROWS, COLUMNS]}
# come in, {"out": BASE64} and, last, {"exit": CODE} go out. Usage: terminal.py ROWS COLUMNS COMMAND ARGUMENTS...
import base64
import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


child, terminal = pty.fork()
if child == 0:
    resize(0, int(sys.argv[1]), int(sys.argv[2]))
    os.execve(sys.argv[3], sys.argv[3:], os.environ)

commands = b""
watched = [terminal, 0]
while True:
    ready, _, _ = select.select(watched, [], [])
    if terminal in ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b""
        if not data:
            break
        say({"out": base64.b64encode(data).decode()})
    if 0 in ready:
        piece = os.read(0, 65536)
        if not piece:
            watched.remove(0)
        commands += piece
        *lines, commands = commands.split(b"\n")
        for line in lines:
            command = json.loads(line)
            if "send" in command:
                os.write(terminal, command["send"].encode())
            if "resize" in command:
                resize(terminal, *command["resize"])

_, status = os.waitpid(child, 0)
say({"exit": os.waitstatus_to_exitcode(status)})
