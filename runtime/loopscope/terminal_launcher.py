"""Starts a program in a terminal for the debug adapter, and tells it when the program began and how it ended.

A debug adapter that asks for a terminal learns neither the program's process id nor its exit code; this small parent,
which is not inspected itself, reports both. Usage: ``python -I terminal_launcher.py HOST:PORT COMMAND [ARGUMENT ...]``,
with the adapter's token in ``LOOPSCOPE_LAUNCHER_TOKEN``. One JSON object a line goes to the adapter
(``{"token": ...}``, ``{"pid": ...}``, ``{"exit": ...}`` or ``{"error": ...}``); ``terminate`` or ``kill``, a word a
line, comes from it. Without an adapter the program runs all the same.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading

TOKEN = "LOOPSCOPE_LAUNCHER_TOKEN"
DIAL_TIMEOUT_S = 5.0


def dial(address: str) -> socket.socket | None:
    """Connect to the adapter; None when it cannot be reached."""
    host, _, port = address.rpartition(":")
    try:
        connection = socket.create_connection((host, int(port)), timeout=DIAL_TIMEOUT_S)
        connection.settimeout(None)
    except (OSError, ValueError):
        return None
    return connection


def tell(connection: socket.socket | None, **fact: object) -> None:
    """Send one fact; an adapter that has gone away is no concern of the program's."""
    if connection is None:
        return
    try:
        connection.sendall(json.dumps(fact).encode() + b"\n")
    except OSError:
        pass


def end(child: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """End the program, and what it started where the terminal gave this job a process group of its own."""
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), how)
    else:
        child.send_signal(how)


def obey(connection: socket.socket, child: subprocess.Popen[bytes]) -> None:
    """Do what the adapter says until it goes away."""
    kill = signal.SIGKILL if os.name == "posix" else signal.SIGTERM
    try:
        for line in connection.makefile("r", encoding="ascii"):
            end(child, kill if line.strip() == "kill" else signal.SIGTERM)
    except (OSError, ValueError):
        pass


def main(address: str, command: list[str]) -> int:
    """Run the command and return its exit code, 128 and the signal's number when a signal ended it."""
    token = os.environ.pop(TOKEN, "")
    connection = dial(address)
    tell(connection, token=token)
    # Signals of the terminal reach the program too, which decides what they mean. Unlike SIG_IGN, a handler is not
    # inherited.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda _number, _frame: None)
    try:
        child = subprocess.Popen(command)
    except OSError as error:
        tell(connection, error=str(error))
        print(f"Loopscope could not start the program: {error}", file=sys.stderr)
        return 127
    tell(connection, pid=child.pid)
    if connection is not None:
        threading.Thread(target=obey, args=(connection, child), daemon=True).start()
    code = child.wait()
    code = 128 - code if code < 0 else code
    tell(connection, exit=code)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
