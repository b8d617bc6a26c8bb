"""What one viewer or recording wants to see, beyond what everybody is told."""

from __future__ import annotations

from typing import Optional

from ..executed import WatchedLines
from ..tables import Record

#: The requests that `Look.ask` answers.
COMMANDS = ("set-level", "look-at")


class Look:
    """How closely somebody looks, and at what. Belongs to the watchdog."""

    __slots__ = ("level", "lines", "steps", "task")

    def __init__(self, level: str = "watch", steps: bool = False) -> None:
        self.level = level
        # Every single step is wanted, whoever asked for the level.
        self.steps = steps
        # The task whose histograms are wanted.
        self.task: Optional[int] = None
        # Lines of which it is told that they were executed.
        self.lines: WatchedLines = {}

    def ask(self, request: Record) -> Optional[str]:
        """Do what a request of `COMMANDS` says; gives a sentence when it cannot be done."""
        if request["command"] == "set-level":
            level = request.get("level")
            if level not in ("watch", "trace"):
                return f"The level {str(level)[:50]!r} is unknown: use watch or trace."
            self.level = level
            return None
        task = request.get("task")
        if task is not None and (not isinstance(task, int) or isinstance(task, bool)):
            return "What is to be looked at must be the number of a task."
        self.task = task
        self.steps = request.get("steps") is True
        return None
