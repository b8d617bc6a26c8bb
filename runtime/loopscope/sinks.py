"""Everybody who is told what the runtime finds: viewers, recordings."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from .stream import Sink, notice
from .tables import Record

_MAX_NOTICES = 100


class Sinks:
    """The sinks of one installation. Runs in the watchdog's thread unless it says otherwise."""

    def __init__(self, glance: Callable[[], None]) -> None:
        """`glance` is called between one sink and the next: each lets the GIL go."""
        self._glance = glance
        self.lag_points_dropped = 0
        self._sinks: list[Sink] = []
        # All that was told of, once each, for the report.
        self.noticed: list[Record] = []
        self._notices: deque[Record] = deque()
        self._frames_dropped_before = 0

    def __bool__(self) -> bool:
        return bool(self._sinks)

    def __iter__(self) -> Iterator[Sink]:
        return iter(self._sinks)

    @property
    def frames_dropped(self) -> int:
        """Updates that sinks could not take, those of sinks that have ended included."""
        return self._frames_dropped_before + sum(sink.frames_dropped for sink in self._sinks)

    @property
    def want_tasks(self) -> bool:
        """Whether any of them wants records of tasks now."""
        return any(sink.wants_tasks for sink in self._sinks)

    def told_version(self, otherwise: int) -> int:
        """The version of the tables up to which every sink has been told; `otherwise` when there is none."""
        return min((sink.told_version for sink in self._sinks), default=otherwise)

    def add(self, sink: Sink) -> None:
        """Tell this one from now on. Any thread."""
        self._sinks.append(sink)

    def add_lag(self, point: Record) -> None:
        """Pass on a lag point."""
        for sink in self._sinks:
            sink.add_lag(point)

    def add_notice(self, severity: str, code: str, sentence: str) -> None:
        """Keep a notice for the next tick; when there are too many it is left out. Any thread."""
        message = notice(severity, code, sentence)
        if len(self._notices) < _MAX_NOTICES:
            self._notices.append(message)
        if len(self.noticed) < _MAX_NOTICES and message not in self.noticed:
            self.noticed.append(message)

    def tick(self, now_ns: int, urgent: bool) -> None:
        """Tell everybody what is due, and forget who has ended."""
        self._pass_on_notices()
        for sink in list(self._sinks):
            self._glance()
            if not sink.tick(now_ns, urgent):
                self._frames_dropped_before += sink.frames_dropped
                self._sinks.remove(sink)
            self._glance()

    def close(self, reason: str) -> None:
        """Say what is left and goodbye. Runs in the thread that ends the session."""
        self._pass_on_notices()
        for sink in self._sinks:
            sink.close(reason)
        self._sinks.clear()

    def abandon(self) -> None:
        """Let go of files and sockets without a word. Runs in a forked child."""
        for sink in self._sinks:
            sink.abandon()
        self._sinks.clear()

    def _pass_on_notices(self) -> None:
        while self._notices:
            message = self._notices.popleft()
            for sink in self._sinks:
                sink.notice(message)
