"""How late the loops are: sends probes through them and passes on what those found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .clock import monotonic_ns
from .spread import milliseconds
from .tables import Record

if TYPE_CHECKING:
    from .session import Session

_EVERY_NS = 60_000_000
# A loop that has just begun is not asked yet.
_AFTER_NS = 50_000_000


class LagProbes:
    """Keeps a probe on its way through each loop. Runs in the watchdog's thread, with the session's lock."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next_ns = 0

    def tick(self, now_ns: int) -> None:
        """Ask running loops how late they are."""
        due = now_ns >= self._next_ns
        if due:
            self._next_ns = now_ns + _EVERY_NS
        for state in list(self._session.loops.running.values()):
            if not state.can_be_asked or now_ns - state.running_since_ns < _AFTER_NS:
                continue
            ran = state.collect_probe()
            if ran is not None:
                self._note(state.id, ran[0], ran[1])
            if (due or state.hold is not None) and state.state != "held":
                self._session.glance()
                state.send_probe()
                self._session.glance()

    def open_points(self) -> list[Record]:
        """Lag points of the probes that have not run yet."""
        now = monotonic_ns()
        points: list[Record] = []
        for state in list(self._session.loops.running.values()):
            probe = state.probe
            if probe is not None and not probe.ran_ns and not probe.void:
                due = self._session.clock.from_monotonic_ns(probe.due_ns)
                late = milliseconds(max(0, now - probe.due_ns))
                points.append({"loop": state.id, "time_ns": due, "lag_ms": late, "open": True})
        return points

    def _note(self, loop: int, due_ns: int, late_ns: int) -> None:
        point = {
            "loop": loop,
            "time_ns": self._session.clock.from_monotonic_ns(due_ns),
            "lag_ms": milliseconds(late_ns),
            "open": False,
        }
        self._session.sinks.add_lag(point)
