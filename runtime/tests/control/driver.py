"""Runs a program with a controller in it, which takes commands from one pipe and writes answers and events to another.

Started as `python driver.py COMMANDS_FD EVENTS_FD PROGRAM`. The program begins at the command `start`; `probe` answers
with what the controller has left in asyncio, `jam` and `finding` tell the controller of one.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import threading
from asyncio import events
from typing import Any

import loopscope
from loopscope import installation
from loopscope.control.controller import Controller
from loopscope.control.directory import SessionDirectory

UNTOUCHED_RUN = vars(events.Handle)["_run"]


def main() -> None:
    """Serve commands and run the program."""
    commands = os.fdopen(int(sys.argv[1]), "r", encoding="utf-8")
    out = os.fdopen(int(sys.argv[2]), "w", encoding="utf-8", buffering=1)
    loopscope.install()
    session = installation.current()
    assert session is not None
    directory = SessionDirectory(session)
    writing = threading.Lock()
    started = threading.Event()

    def write(message: dict[str, Any]) -> None:
        with writing:
            out.write(json.dumps(message) + "\n")

    controller = Controller(directory, write)

    def special(command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if command == "start":
            started.set()
        elif command == "release":
            controller.release()
        elif command == "jam":
            loop = directory.running_loops()[0]
            controller.note_block(loop, arguments["key"], arguments["ms"], arguments["task"], arguments["stack"])
        elif command == "finding":
            loop = directory.running_loops()[0]
            controller.note_finding(loop, arguments["rule"], arguments["message"], arguments["task"], [])
        elif command == "probe":
            loops = directory.running_loops()
            return {
                "untouched": vars(events.Handle)["_run"] is UNTOUCHED_RUN,
                "own_clocks": sum("time" in vars(loop) for loop in loops if hasattr(loop, "__dict__")),
                "held": [controller.is_held(loop) for loop in loops],
                "set_back_ms": [controller.set_back_ns(loop) / 1e6 for loop in loops],
                "errors": session.errors,
            }
        return {}

    def serve() -> None:
        for line in commands:
            request = json.loads(line)
            name, arguments, identifier = request["command"], request["arguments"], request["id"]
            if name in ("start", "release", "probe", "jam", "finding"):
                write({"id": identifier, "error": None, **special(name, arguments)})
            else:
                controller.handle(
                    name,
                    arguments,
                    lambda answer, identifier=identifier: write({"id": identifier, **answer}),  # type: ignore[misc]
                )
        controller.release()

    threading.Thread(target=serve, daemon=True).start()
    started.wait()
    program = sys.argv[3]
    sys.argv[:] = [program]
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main()
