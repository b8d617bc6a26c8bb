"""Measures turns of a loop that many callbacks share, from the looks of the watchdog."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, Optional

from ..holds import Reading

_MAX_LABELS = 200
_MAX_ENDED = 20


class Turn(NamedTuple):
    """One turn that is over; milliseconds. Its length is measured from its start to the last look that saw it."""

    lasted_ms: float
    longest_ms: float
    callbacks: int
    loop_ran_ms: float
    biggest: str


class Turns:
    """The turns of one loop. Belongs to the watchdog."""

    __slots__ = (
        "_callbacks",
        "_ended",
        "_first",
        "_index",
        "_key",
        "_labels",
        "_last",
        "_longest_ns",
        "_since_ns",
        "_start_ns",
    )

    def __init__(self) -> None:
        self._ended: deque[Turn] = deque(maxlen=_MAX_ENDED)
        self._key = 0.0
        self._start_ns = 0
        self._callbacks = 0
        self._index = 0
        self._longest_ns = 0
        # When the callbacks before the current one were last seen.
        self._since_ns = 0
        self._labels: dict[str, int] = {}
        self._first: Optional[Reading] = None
        self._last: Optional[Reading] = None

    def note(
        self, key: float, start_ns: int, index: int, callbacks: object, label: Optional[str], reading: Reading
    ) -> None:
        """A look sees the callback at `index` of the turn that began at `start_ns`."""
        if key != self._key:
            self.leave(reading.now_ns)
            self._key = key
            self._start_ns = self._since_ns = start_ns
            self._callbacks = callbacks if isinstance(callbacks, int) else 0
            self._index = index
            self._longest_ns = 0
            self._labels = {}
            self._first = None
        before = self._last
        last_ns = start_ns if before is None else before.now_ns
        if index != self._index:
            self._longest_ns = max(self._longest_ns, reading.now_ns - self._since_ns)
            self._since_ns = last_ns
            self._index = index
        if label is not None and (label in self._labels or len(self._labels) < _MAX_LABELS):
            self._labels[label] = self._labels.get(label, 0) + reading.now_ns - last_ns
        if self._first is None:
            self._first = reading
        self._last = reading

    def leave(self, now_ns: int) -> None:
        """A look sees no callback of the turn any more."""
        first, last = self._first, self._last
        self._first = self._last = None
        self._key = 0.0
        if first is None or last is None or first is last or first.loop_ran_ns is None or last.loop_ran_ns is None:
            return
        # The thread's clock was first read at the first look: the share of the time between stands for the whole.
        share = (last.loop_ran_ns - first.loop_ran_ns) / max(1, last.now_ns - first.now_ns)
        lasted = last.now_ns - self._start_ns
        biggest = sorted(self._labels.items(), key=lambda each: -each[1])[:3]
        self._ended.append(
            Turn(
                lasted / 1e6,
                max(self._longest_ns, now_ns - self._since_ns) / 1e6,
                self._callbacks,
                min(1.0, share) * lasted / 1e6,
                ", ".join(f"{label} ({time_ns / 1e6:.0f} ms)" for label, time_ns in biggest),
            )
        )

    def take(self) -> list[Turn]:
        """The turns that have ended since the last call."""
        ended = list(self._ended)
        self._ended.clear()
        return ended
