"""How long one callback has held its loop, and what was seen of it meanwhile."""

from __future__ import annotations

from typing import Any, Optional

from . import callee as callees
from .classify import Evidence, cause_of
from .sight import Place

MAX_PLACES = 64
# CPython lets another thread in after 5 ms. A longer wait for the GIL means that C code kept it, a shorter one that
# the thread that was seen had not got it.
LATE_NS = 12_000_000
PROMPT_NS = 2_000_000
# How exactly the lengths of holds are known.
EXACT_TO_NS = 25_000_000


class Reading:
    """The clocks at one look of the watchdog; nanoseconds of the monotonic clock and of processor time."""

    __slots__ = (
        "absent_ns",
        "collected_ns",
        "late_ns",
        "loop_ran_ns",
        "loop_waited_ns",
        "now_ns",
        "own_waited_ns",
        "process_ran_ns",
        "switches",
    )

    def __init__(self) -> None:
        self.now_ns = 0
        # How long ago the watchdog last had the GIL, and for how much of that it asked for it in vain.
        self.absent_ns = 0
        self.late_ns = 0
        self.loop_ran_ns: Optional[int] = None
        self.loop_waited_ns: Optional[int] = None
        self.process_ran_ns = 0
        self.collected_ns = 0
        # What the watchdog itself has waited for a processor.
        self.own_waited_ns = 0
        self.switches: Optional[int] = None

    def loop_ran_since(self, before: Optional[Reading]) -> int:
        """Nanoseconds that the loop's thread can have run at most since an earlier reading."""
        if before is None:
            return self.now_ns
        if self.loop_ran_ns is None or before.loop_ran_ns is None:
            return self.now_ns - before.now_ns
        return self.loop_ran_ns - before.loop_ran_ns

    @property
    def kept_since_ns(self) -> int:
        """Since when the GIL has been kept from the watchdog, if it was: between the look before and when it asked for
        it. Right to within `EXACT_TO_NS`."""
        return self.now_ns - min(self.absent_ns, self.late_ns + EXACT_TO_NS)


class Callback:
    """A callback that a loop runs: the task whose step it is, or its own name."""

    __slots__ = ("address", "is_c", "name", "task_name")

    def __init__(self, callback: Any) -> None:
        """`callback` is the program's own object, None when it could not be had."""
        # Of the task.
        self.address = 0
        self.task_name: Optional[str] = None
        # Of a callback that is no task's.
        self.name: Optional[str] = None
        self.is_c = False
        owner = getattr(callback, "__self__", None)
        if owner is not None and hasattr(owner, "get_coro") and hasattr(owner, "get_name"):
            self.address = id(owner)
            self.task_name = str(owner.get_name())
        elif callback is not None:
            self.name = callees.of_callable(callback)
            self.is_c = callees.is_written_in_c(callback)

    @property
    def label(self) -> Optional[str]:
        """What to call it."""
        return self.task_name or self.name


class Hold:
    """One callback that is still running at the second look or later."""

    def __init__(self, key: tuple[float, int], root: int, started_ns: int, before: Reading, callback: Callback) -> None:
        self.key = key
        # See Sight.
        self.root = root
        self.started_ns = started_ns
        self.before = before
        self.last = before
        # What had been waited for a processor when it began. Not read at every look, so it may be from long before:
        # it is corrected at the second look, unless that comes late.
        self._waited_ns = before.loop_waited_ns
        self._own_waited_ns = before.own_waited_ns
        self.callback = callback
        self.victims = 0
        self.victims_counted_ns = 0
        # Seen still running past the threshold.
        self.confirmed = False
        self.announced = False
        self._places: dict[tuple[Optional[int], Optional[str]], Place] = {}
        self._native_ns = 0
        self._gap: tuple[int, int, Optional[int], int] = (0, 0, None, 0)

    def observe(self, reading: Reading, place: Place) -> None:
        """Take in one look. The place weighs as much as the time since the look before."""
        since = reading.now_ns - max(self.last.now_ns, self.started_ns)
        if not self._places and reading.late_ns < LATE_NS:
            self._waited_ns = reading.loop_waited_ns
            self._own_waited_ns = reading.own_waited_ns
        self._note_gap(reading)
        key = (place.site, place.callee)
        known = self._places.get(key)
        if known is None:
            if len(self._places) >= MAX_PLACES:
                key, known = next(iter(self._places.items()))
            else:
                known = self._places[key] = place
        elif since > known.weight_ns:
            known.stack = place.stack
        known.weight_ns += max(0, since)
        known.debugger = known.debugger or place.debugger
        if place.in_c_code and not LATE_NS > reading.late_ns > PROMPT_NS:
            self._native_ns += since
        elif reading.late_ns >= LATE_NS:
            self._native_ns += min(since, reading.late_ns)
        self.last = reading

    def _note_gap(self, reading: Reading) -> None:
        gap = reading.now_ns - self.last.now_ns
        if gap > self._gap[0]:
            switches = None
            if reading.switches is not None and self.last.switches is not None:
                switches = reading.switches - self.last.switches
            waited = reading.own_waited_ns - self.last.own_waited_ns
            self._gap = gap, reading.process_ran_ns - self.last.process_ran_ns, switches, waited

    def _clocks_at(self, ended_ns: int, seen: Reading) -> Reading:
        """The clocks when the hold was over, from those when that was seen: another may have followed, and kept the GIL
        from whoever wanted to look."""
        last = self.last
        if seen.now_ns - ended_ns <= EXACT_TO_NS:
            return seen
        left = max(0, ended_ns - last.now_ns)
        clocks = Reading()
        clocks.now_ns = max(ended_ns, last.now_ns)
        clocks.switches = seen.switches
        clocks.loop_waited_ns = seen.loop_waited_ns
        clocks.own_waited_ns = last.own_waited_ns + min(left, seen.own_waited_ns - last.own_waited_ns)
        clocks.collected_ns = last.collected_ns + min(left, seen.collected_ns - last.collected_ns)
        ran = most = 0
        if seen.loop_ran_ns is not None and last.loop_ran_ns is not None:
            ran = seen.loop_ran_ns - last.loop_ran_ns
            most = min(left, ran)
            clocks.loop_ran_ns = last.loop_ran_ns + most
        others = max(0, seen.process_ran_ns - last.process_ran_ns - ran)
        clocks.process_ran_ns = last.process_ran_ns + most + others * left // (seen.now_ns - last.now_ns)
        return clocks

    def waited_ns(self, until_ns: int, seen: Optional[Reading] = None) -> int:
        """For how long of the hold until then its thread did not run, by the clocks `seen` (else the last look)."""
        clocks = self.last if seen is None else self._clocks_at(until_ns, seen)
        return max(0, until_ns - self.started_ns - clocks.loop_ran_since(self.before))

    def main_place(self) -> Optional[Place]:
        """The place where most of the time went; None when the callback was never looked into."""
        return max(self._places.values(), key=lambda place: place.weight_ns, default=None)

    def place_for(self, cause: str) -> Optional[Place]:
        """The place to name for a cause.

        Python code is seen on whichever line it has reached, so its lines are weighed by function first, and a C
        function that a sample happened to fall into is not what held the loop.
        """
        if cause != "cpu":
            return self.main_place()
        groups: dict[tuple[int, Optional[str]], list[Place]] = {}
        for place in self._places.values():
            groups.setdefault((id(place.code), place.callee if place.callee_has_frame else None), []).append(place)
        if not groups:
            return None
        heaviest = max(groups.values(), key=lambda places: sum(place.weight_ns for place in places))
        chosen = max(heaviest, key=lambda place: place.weight_ns)
        if not chosen.callee_has_frame:
            chosen.callee = None
        return chosen

    def cause(self, held_ns: int, threshold_ns: int, until: Optional[Reading] = None) -> str:
        """Why the loop is held, as far as `held_ns` into the hold, by the clocks `until` then (else the last look)."""
        evidence = Evidence()
        if until is not None:
            until = self._clocks_at(self.started_ns + held_ns, until)
        first, last = self.before, until or self.last
        evidence.held_ns = max(held_ns, 1)
        evidence.threshold_ns = threshold_ns
        if last.loop_ran_ns is not None and first.loop_ran_ns is not None:
            evidence.loop_ran_ns = last.loop_ran_ns - first.loop_ran_ns
        if last.loop_waited_ns is not None and self._waited_ns is not None:
            # A thread that runs does not wait for a processor.
            most = max(0, evidence.held_ns - (evidence.loop_ran_ns or 0))
            evidence.loop_waited_ns = min(most, last.loop_waited_ns - self._waited_ns)
        evidence.process_ran_ns = last.process_ran_ns - first.process_ran_ns
        evidence.collected_ns = last.collected_ns - first.collected_ns
        evidence.native_ns = self._native_ns
        evidence.watchdog_waited_ns = last.own_waited_ns - self._own_waited_ns
        if until is not None:
            # A suspension may have lasted from the last look until the callback was over.
            self._note_gap(until)
        evidence.gap_ns, evidence.gap_process_ns, evidence.gap_switches, evidence.gap_waited_ns = self._gap
        place = self.main_place()
        if place is not None:
            evidence.callee = place.callee
            evidence.innermost_call = place.innermost_call
            evidence.modules = place.modules
            evidence.debugger = place.debugger
            evidence.starts_thread = place.starts_thread
        if evidence.callee is None and (place is None or place.code is None):
            evidence.callee = self.callback.name if self.callback.is_c else None
        return cause_of(evidence)
