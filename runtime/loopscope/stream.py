"""What a viewer or a recording is told, and in which portions.

A stream never holds a copy of what it has yet to tell: it remembers up to which version it has told everything, and
asks the tables for what is newer. So a slow viewer costs no memory; it gets fewer, larger steps, and they are counted.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Optional, Protocol

from .tables import Record
from .trace.looks import Look

if TYPE_CHECKING:
    from .session import Session

_RECORDS_AT_ONCE = 200
_MAX_LAG_POINTS = 1000
_ORDER = ("sites", "loops", "executors", "blocks", "findings", "executed", "task_sites", "tasks", "steps")


class Sink(Protocol):
    """Where the runtime's messages go. Runs in the watchdog's thread."""

    frames_dropped: int

    @property
    def look(self) -> Look:
        """How closely somebody looks there, and at what."""

    @property
    def told_version(self) -> int:
        """Everything up to this version of the tables has been told; ended tasks are kept until then."""

    @property
    def wants_tasks(self) -> bool:
        """Whether records of tasks are wanted now."""

    def tick(self, now_ns: int, urgent: bool) -> bool:
        """Do what is due at a look; False when the sink has ended and is to be forgotten."""

    def add_lag(self, point: Record) -> None:
        """Take a lag point."""

    def add_packed(self, frame: bytes) -> bool:
        """Take a packed frame; False when there is no room for it."""

    def notice(self, message: Record) -> None:
        """Take a `Notice` message."""

    def close(self, reason: str) -> None:
        """Send what is left and the goodbye, and end."""

    def abandon(self) -> None:
        """Let go of files and sockets without a word: they belong to the parent of this forked process."""


class UpdateStream:
    """Makes the `Update` messages for one sink."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seq = 0
        self._version = 0
        self._snapshot = True
        self._backlog: deque[tuple[str, Record]] = deque()
        self._lag: deque[Record] = deque()
        self._level = session.options.level
        self.look = Look()

    @property
    def told_version(self) -> int:
        """The version of the tables up to which everything was taken up."""
        return self._version

    def begin_snapshot(self) -> None:
        """Tell everything again, beginning with the next update."""
        self._backlog.clear()
        self._version = 0
        self._snapshot = True

    def add_lag(self, point: Record) -> None:
        """Keep a lag point for the next update."""
        if len(self._lag) >= _MAX_LAG_POINTS:
            self._lag.popleft()
            self._session.sinks.lag_points_dropped += 1
        self._lag.append(point)

    def next_update(self) -> tuple[Record, bool]:
        """The next `Update`, and whether another should follow at once. The tables must be fresh."""
        tables = self._session.tables
        if not self._backlog:
            for name in _ORDER:
                for record in tables.table(name).changed_since(self._version):
                    self._backlog.append((name, record))
            self._version = tables.versions.current
        self._seq += 1
        update: Record = {
            "type": "update",
            "seq": self._seq,
            "time_ns": tables.time_ns,
            "snapshot": self._snapshot,
            "partial": False,
        }
        for _ in range(min(_RECORDS_AT_ONCE, len(self._backlog))):
            name, record = self._backlog.popleft()
            update.setdefault(name, []).append(record)
        more = bool(self._backlog)
        if self._snapshot:
            update["partial"] = more
            self._snapshot = more
        lag = list(self._lag) + self._session.open_lag()
        if lag:
            update["lag"] = lag
            self._lag.clear()
        if tables.level != self._level or (update["snapshot"] and not more):
            self._level = update["level"] = tables.level
        histogram = self._session.levels.histogram(self.look.task)
        if histogram is not None:
            update["histogram"] = histogram
        if tables.steps_dropped:
            update["steps_dropped"] = tables.steps_dropped
        update["task_counts"] = tables.task_counts
        update["dropped"] = tables.dropped
        update["overhead_ns"] = tables.overhead_ns
        return update, more


def notice(severity: str, code: str, message: str) -> Record:
    """A `Notice` message."""
    return {"type": "notice", "severity": severity, "code": code, "message": message}


def bye(reason: str, time_ns: int) -> Record:
    """A `Bye` message."""
    return {"type": "bye", "reason": reason, "time_ns": time_ns}


def response(identifier: int, error: Optional[str], frames: Optional[list[Record]] = None) -> dict[str, Any]:
    """A `Response` message."""
    message: dict[str, Any] = {"type": "response", "id": identifier, "error": error}
    if frames is not None:
        message["frames"] = frames
    return message
