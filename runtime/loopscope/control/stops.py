"""Why a loop is held, and which events of the program are to hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

REASONS = ("pause", "step", "await-breakpoint", "jam", "task-failed", "finding", "evaluated", "other-loop")
MAX_RULES = 100


class Stop:
    """One reason to hold."""

    __slots__ = ("breakpoint", "description", "reason", "stack", "task", "task_id")

    def __init__(
        self,
        reason: str,
        description: str,
        task: Any = None,
        breakpoint: Optional[int] = None,
        stack: Optional[list[dict[str, Any]]] = None,
    ) -> None:
        self.reason = reason
        self.description = description
        self.task = task
        """The task it is about; kept alive for as long as the loop is held."""
        self.task_id = 0
        """The task's number, 0 when it is about none; set when the loop is held."""
        self.breakpoint = breakpoint
        self.stack = stack
        """Frames caught before the hold, from the outermost to the innermost."""


class Stops:
    """Which events hold the loop. Replaced as a whole by `read`."""

    def __init__(self) -> None:
        self.jam_ms: Optional[float] = None
        self.task_failed = False
        self.rules: frozenset[str] = frozenset()

    @staticmethod
    def read(wanted: Mapping[str, Any]) -> Stops:
        """Stops as a request states them. Raises ValueError with a sentence."""
        stops = Stops()
        jam = wanted.get("jam_ms")
        if jam is not None:
            if isinstance(jam, bool) or not isinstance(jam, (int, float)) or not 1 <= jam <= 3_600_000:
                raise ValueError("The length of a jam must be a number of milliseconds from 1 to 3,600,000.")
            stops.jam_ms = float(jam)
        stops.task_failed = wanted.get("task_failed") is True
        rules = wanted.get("rules", [])
        if not isinstance(rules, list) or len(rules) > MAX_RULES or not all(isinstance(rule, str) for rule in rules):
            raise ValueError(f"The rules must be a list of at most {MAX_RULES} finding ids.")
        stops.rules = frozenset(rules)
        return stops
