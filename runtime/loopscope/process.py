"""How the runtime introduces its process."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any

from . import protocol
from .clock import Clock
from .options import Options

VERSION = "0.1.0"
COMMANDS = ("snapshot", "set-threshold", "await-stack", "set-level", "look-at", "watch-lines")
# Those of `loopscope.control`, which is not imported before one of them comes.
DEBUGGER_COMMANDS = (
    "hold",
    "resume",
    "step-over",
    "step-into",
    "step-out",
    "tasks",
    "frames",
    "scopes",
    "variables",
    "evaluate",
    "set-await-breakpoints",
    "set-stops",
    "cancel-task",
)


def hello(options: Options, clock: Clock) -> dict[str, Any]:
    """The `Hello` message."""
    try:
        folder = os.getcwd()
    except OSError:
        folder = ""
    return {
        "type": "hello",
        "format": "loopscope",
        "protocol": protocol.PROTOCOL_VERSION,
        "version": VERSION,
        "process": {
            "pid": os.getpid(),
            "parent_pid": os.getppid(),
            "python": platform.python_version(),
            "implementation": sys.implementation.name,
            "executable": sys.executable or "",
            "argv": [str(argument) for argument in getattr(sys, "argv", [])],
            "cwd": folder,
        },
        "session": options.session,
        "level": options.level,
        "threshold_ms": options.threshold_ms,
        "clock": {"wall_ms": clock.wall_ms},
        "commands": [*COMMANDS, *DEBUGGER_COMMANDS],
    }
