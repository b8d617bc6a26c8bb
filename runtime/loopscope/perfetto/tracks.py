"""Tracks and events of the Chrome trace event format.

The format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU. What Perfetto makes of it
(src/trace_processor/importers/json in its repository): a flow event binds to the slice that is open on its thread, so
whatever arrows touch is a thread in the trace; events are sorted by time and those of one time keep their order; and
thread 0 belongs to the system, so what belongs to the process as a whole bears its pid as its tid.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Optional

Event = dict[str, Any]


def microseconds(nanoseconds: int) -> float:
    """The unit of the format, with nanoseconds kept as decimals."""
    return nanoseconds / 1000


class EventWriter:
    """Writes events as they come, one a line; holds none of them."""

    def __init__(self, write: Callable[[str], object], about: Event) -> None:
        self._write = write
        self._separator = "\n"
        write('{"displayTimeUnit":"ms","otherData":' + _json(about) + ',"traceEvents":[')

    def event(self, **fields: Any) -> None:
        """Write one event."""
        self._write(self._separator + _json(fields))
        self._separator = ",\n"

    def end(self) -> None:
        """Close the document."""
        self._write("\n]}\n")


class Track:
    """A thread of the trace with at most one open slice. Times on it never go back: one that would is moved up."""

    __slots__ = ("_events", "_last_ns", "_pid", "is_open", "name", "tid")

    def __init__(self, events: EventWriter, pid: int, tid: int, name: str, rank: int) -> None:
        self._events = events
        self._pid = pid
        self._last_ns = 0
        self.tid = tid
        self.is_open = False
        self.name = ""
        self.rename(name)
        events.event(ph="M", name="thread_sort_index", pid=pid, tid=tid, args={"sort_index": rank})

    @property
    def last_ns(self) -> int:
        """The time of the latest event."""
        return self._last_ns

    def rename(self, name: str) -> None:
        """Give the track a name."""
        if name != self.name:
            self.name = name
            self._events.event(ph="M", name="thread_name", pid=self._pid, tid=self.tid, args={"name": name})

    def begin(self, at_ns: int, name: str, category: str, args: Event) -> None:
        """Open a slice; the one that is open ends there."""
        self.finish(at_ns)
        self._at(at_ns, ph="B", name=name, cat=category, args=args)
        self.is_open = True

    def finish(self, at_ns: int) -> None:
        """End the open slice, if there is one."""
        if self.is_open:
            self._at(at_ns, ph="E")
            self.is_open = False

    def instant(self, at_ns: int, name: str, category: str, args: Event) -> None:
        """A moment on the track."""
        self._at(at_ns, ph="i", s="t", name=name, cat=category, args=args)

    def flow_out(self, at_ns: int, flow: int, name: str) -> int:
        """An arrow begins at the open slice; gives the time at which it does."""
        return self._at(at_ns, ph="s", id=flow, name=name, cat="wait")

    def flow_in(self, at_ns: int, flow: int, name: str) -> None:
        """The arrow ends at the open slice."""
        self._at(at_ns, ph="f", bp="e", id=flow, name=name, cat="wait")

    def _at(self, at_ns: int, **fields: Any) -> int:
        self._last_ns = max(self._last_ns, at_ns)
        self._events.event(pid=self._pid, tid=self.tid, ts=microseconds(self._last_ns), **fields)
        return self._last_ns


def place(site: Optional[Event]) -> Optional[str]:
    """A source place in words."""
    return None if site is None else f"{site['file']}:{site['line']} in {site['function']}"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
