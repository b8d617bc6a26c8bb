"""The event loops of the process: where each runs, how late it is, what holds it."""

from __future__ import annotations

import asyncio
import selectors
import threading
import time
import weakref
from asyncio import base_events
from typing import Any, Optional

from .busy import BusyTime
from .clock import Clock, monotonic_ns
from .control.loop_clock import set_back_ns
from .findings.turns import Turns
from .holds import EXACT_TO_NS, Callback, Hold, Reading
from .sight import Place, Sight, is_waiting
from .sites import SiteTable
from .spread import Spread
from .thread_clocks import ThreadClocks
from .waking import Stack

BaseEventLoop: Any = base_events.BaseEventLoop
_VICTIMS_EVERY_NS = 100_000_000
_MAX_VICTIMS = 100_000


class OwnCallback:
    """Base of the callbacks that the runtime itself puts into a loop, by which they are told from the program's."""

    __slots__ = ()
    # Stands in the place of the object of a method, so that who logs callbacks by that object knows these, too.
    __self__ = object()


class Probe(OwnCallback):
    """A callback that only notes when it ran."""

    __slots__ = ("due_ns", "ran_ns", "void")

    def __init__(self) -> None:
        self.due_ns = monotonic_ns()
        self.ran_ns = 0
        # A debugger held the loop meanwhile: how late it ran says nothing about the program.
        self.void = False

    def __call__(self) -> None:
        self.ran_ns = monotonic_ns()


class Seen:
    """What one look saw of a loop, with nothing of the program's in it."""

    __slots__ = ("before", "callback", "place", "reading", "sight")

    def __init__(self, sight: Sight, reading: Reading, before: Optional[Reading]) -> None:
        self.sight = sight
        self.reading = reading
        # Of the look before.
        self.before = before
        # None while none runs, and for one of the runtime's own.
        self.callback: Optional[Callback] = None
        self.place: Optional[Place] = None

    def describe(self, sites: SiteTable) -> None:
        """Work out what is wanted of the program's objects, and let those go."""
        if self.sight.is_over:
            self.place = self.sight.place(sites)
        elif self.sight.key is not None and not isinstance(self.sight.callback, OwnCallback):
            self.callback = Callback(self.sight.callback)
            self.place = self.sight.place(sites)
        self.sight.let_go()


class EndedHold:
    """A hold that is over, with its measured length; times in nanoseconds of the monotonic clock."""

    __slots__ = ("ended_ns", "hold", "reading")

    def __init__(self, hold: Hold, ended_ns: int, reading: Optional[Reading]) -> None:
        self.hold = hold
        self.ended_ns = ended_ns
        # The clocks when it was seen to be over: a wait for a processor is only booked once it has ended.
        self.reading = reading if reading is not None else hold.last


class LoopState:
    """One loop. Belongs to the watchdog, apart from what `started` and `stopped` set in the loop's thread."""

    def __init__(self, identifier: int, loop: Any, now_ns: int) -> None:
        self.id = identifier
        self.reference: weakref.ref[Any] = weakref.ref(loop)
        self.address = id(loop)
        self.class_name = f"{type(loop).__module__}.{type(loop).__qualname__}"
        self.thread = 0
        self.thread_name = ""
        self.state = "stopped"
        self.since_ns = now_ns
        self.ready = 0
        self.timers = 0
        self.lag = Spread()
        self.busy = BusyTime()
        self.probe: Optional[Probe] = None
        self.own_callbacks = 0
        self.hold: Optional[Hold] = None
        self.turns = Turns()
        self.last: Optional[Reading] = None
        self.clocks: Optional[ThreadClocks] = None
        # What the loop's thread had waited for a processor when that was last read.
        self.waited_ns: Optional[int] = None
        self.running_since_ns = 0
        # 0 while it runs.
        self.stopped_ns = now_ns
        # The loop's thread may start it while the watchdog still accounts for its last stop.
        self._settling = threading.Lock()
        # By how much the loop's own clock is behind, because a debugger held it.
        self.set_back_ns = 0
        self.can_be_probed = _has_real_clock_and_selector(loop)
        # Callbacks of ours may be put into it, whatever it is made of.
        self.can_be_asked = self.can_be_probed
        self.can_be_traced = isinstance(loop, BaseEventLoop)
        # Counted at the level `trace` only.
        self.iterations: Optional[int] = None
        self.callbacks: Optional[int] = None

    def started(self) -> None:
        """The loop begins to run in the calling thread."""
        with self._settling:
            self.thread = threading.get_ident()
            known: Any = threading._active.get(self.thread)  # type: ignore[attr-defined]
            self.thread_name = known.name if known is not None else f"thread {self.thread}"
            self.stopped_ns = 0
            self.waited_ns = None
            beginning = Reading()
            beginning.now_ns = self.running_since_ns = monotonic_ns()
            beginning.process_ran_ns = time.process_time_ns()
            beginning.loop_ran_ns = time.thread_time_ns()
            self.last = beginning
            self.busy.began(self.thread, beginning.loop_ran_ns)

    def stopped(self) -> None:
        """The loop stops running."""
        self.busy.ended()
        self.stopped_ns = monotonic_ns()

    def settle(self) -> list[EndedHold]:
        """Account for the loop's stop, unless it runs; gives the hold of its last callback, if any."""
        with self._settling:
            if not self.stopped_ns:
                return []
            ended = self.end_hold(self.stopped_ns)
            if self.thread:
                self.thread = 0
                self.last = None
                self.collect_probe()
                self.probe = None
                if self.clocks is not None:
                    self.clocks.close()
                    self.clocks = None
            loop = self.reference()
            self.enter("closed" if loop is None or loop.is_closed() else "stopped", monotonic_ns())
            return ended

    def enter(self, state: str, now_ns: int) -> None:
        """Change the state, noting when."""
        if state != self.state:
            self.state = state
            self.since_ns = now_ns

    def see(self, stack: Stack) -> Sight:
        """What the loop does, by the stack of its thread. Keeps the GIL."""
        return Sight(stack, self.thread)

    def is_idle(self, stack: Optional[Stack]) -> bool:
        """Whether a stack is one of the loop's while it waits for something to do."""
        return bool(stack and is_waiting(stack))

    def rest(self, reading: Reading) -> None:
        """Take in a look that found the loop idle, and no callback before it that held it."""
        self.last = reading
        self.turns.leave(reading.now_ns)
        self.enter("idle", reading.now_ns)

    def note_clock(self) -> None:
        """Take up by how much the loop's clock is behind."""
        self.set_back_ns = set_back_ns(self.reference())

    def wants_lines(self, sight: Sight, now_ns: int, period_ns: int) -> bool:
        """Whether where the callback is may matter: it was there before, or may have been for longer than a look."""
        hold = self.hold
        if sight.key is None or (hold is not None and hold.key == sight.key):
            return sight.key is not None
        return now_ns - self._earliest_start_ns(sight, now_ns) >= 1.5 * period_ns

    def judge(self, seen: Seen, threshold_ns: int, since_ns: int) -> list[EndedHold]:
        """Take in a look that was to come `since_ns` after the one before; gives the holds that have ended between."""
        sight, reading, callback = seen.sight, seen.reading, seen.callback
        now = reading.now_ns
        key = sight.key
        if key is None:
            self.last = reading
            self.turns.leave(now)
            self.enter("idle" if sight.is_idle else "running", now)
            if sight.is_over and seen.place is not None and reading.late_ns >= threshold_ns:
                return self._hold_over(seen, seen.place)
            return self.end_hold(now, reading)
        previous = self.last
        earliest = self._earliest_start_ns(sight, now)
        self.last = reading
        if callback is None:
            return self.end_hold(earliest, reading)
        place = seen.place
        ended: list[EndedHold] = []
        hold = self.hold
        if hold is None or hold.key != key:
            started = earliest
            if sight.index > 0:
                if reading.late_ns >= 0.5 * (now - earliest):
                    # It kept the GIL, so it began after the watchdog last had it.
                    started = max(earliest, reading.kept_since_ns)
                else:
                    # Others of this iteration ran since the last look, and nothing kept us from the GIL for that long:
                    # so it is not this callback that took the time.
                    started = max(earliest, now - since_ns)
                    started += max(0, min(now - started, reading.loop_ran_since(previous)) - EXACT_TO_NS)
                    place = None
            same_iteration = hold is not None and hold.key[0] == key[0]
            ended = self.end_hold(started if same_iteration else min(now, self._iteration_ns(sight)), reading)
            hold = self.hold = Hold(key, sight.root, started, previous if previous is not None else reading, callback)
        self.turns.note(key[0], self._iteration_ns(sight), sight.index, sight.callbacks, callback.label, reading)
        if place is None:
            hold.last = reading
            self.enter("running", now)
            return ended
        hold.observe(reading, place)
        if place.debugger and self.probe is not None and not self.probe.ran_ns:
            self.probe.void = True
        if now - hold.started_ns >= threshold_ns:
            hold.confirmed = True
            if now - hold.victims_counted_ns >= _VICTIMS_EVERY_NS:
                hold.victims_counted_ns = now
                hold.victims = max(hold.victims, self._count_victims(hold, now))
            self.enter("blocked", hold.started_ns)
        else:
            self.enter("running", now)
        return ended

    def _iteration_ns(self, sight: Sight) -> int:
        """When the iteration began in which a callback was seen, by the monotonic clock."""
        return 0 if sight.key is None else int(sight.key[0] * 1e9) + self.set_back_ns

    def _earliest_start_ns(self, sight: Sight, now_ns: int) -> int:
        """When a callback that is seen for the first time can have begun at the earliest."""
        previous = self.last
        return min(now_ns, max(self._iteration_ns(sight), previous.now_ns if previous is not None else 0))

    def held(self, since_ns: int, reading: Reading) -> list[EndedHold]:
        """A debugger holds the loop since then; gives the hold of a callback that had ended by then, if any."""
        self.last = reading
        if self.probe is not None and not self.probe.ran_ns:
            self.probe.void = True
        self.enter("held", since_ns)
        return self.end_hold(since_ns, reading)

    def end_hold(self, at_ns: int, reading: Optional[Reading] = None) -> list[EndedHold]:
        """The callback that was held, if any, is over: by the probe if it ran meanwhile, else by `at_ns`."""
        hold, self.hold = self.hold, None
        if hold is None or not hold.confirmed:
            return []
        ended = max(at_ns, hold.last.now_ns)
        if self.probe is not None and hold.last.now_ns <= self.probe.ran_ns < ended:
            ended = self.probe.ran_ns
        self.busy.hold_ended(hold, ended, reading)
        return [EndedHold(hold, ended, reading)]

    def _hold_over(self, seen: Seen, place: Place) -> list[EndedHold]:
        """A callback kept the GIL until the watchdog could look, and was over before it did."""
        reading, before = seen.reading, seen.before or seen.reading
        now = reading.now_ns
        ended: list[EndedHold] = []
        hold = self.hold
        if hold is None or hold.root != seen.sight.root:
            started = max(before.now_ns, reading.kept_since_ns)
            ended = self.end_hold(started, reading)
            hold = self.hold = Hold((0.0, 0), seen.sight.root, started, before, Callback(None))
        hold.observe(reading, place)
        hold.confirmed = True
        return ended + self.end_hold(now, reading)

    def _count_victims(self, hold: Hold, now_ns: int) -> int:
        """Tasks that could run if the loop were free: those in the ready queue, and sleepers that are due."""
        loop = self.reference()
        if loop is None:
            return 0
        tasks: set[int] = set()
        try:
            for handle in list(loop._ready)[:_MAX_VICTIMS]:
                owner = getattr(handle._callback, "__self__", None)
                if owner is not None and hasattr(owner, "get_coro"):
                    tasks.add(id(owner))
            timers = loop._scheduled
            stack = [0]
            now = (now_ns - self.set_back_ns) / 1e9
            while stack and len(tasks) < _MAX_VICTIMS:
                at = stack.pop()
                if at >= len(timers) or timers[at]._when > now:
                    continue
                stack += (2 * at + 1, 2 * at + 2)
                handle = timers[at]
                if not handle._cancelled and handle._args:
                    sleeper = handle._args[0]
                    if asyncio.isfuture(sleeper) and not sleeper.done():
                        tasks.add(id(sleeper))
        except (AttributeError, IndexError, RuntimeError, TypeError):
            # The loop's thread may be changing its queues while we look.
            pass
        tasks.discard(hold.callback.address)
        return len(tasks)

    def read_queues(self) -> None:
        """Take the length of the ready queue and of the timer heap, our own callbacks aside."""
        loop = self.reference()
        if loop is None:
            self.ready = self.timers = 0
            return
        own = self.own_callbacks
        if self.probe is not None and not self.probe.ran_ns:
            own += 1
        try:
            self.ready = max(0, len(loop._ready) - own)
            self.timers = max(0, len(loop._scheduled) - loop._timer_cancelled_count)
        except (AttributeError, TypeError):
            self.ready = self.timers = 0

    def send_probe(self) -> None:
        """Put a probe into the loop, if the last one has run."""
        loop = self.reference()
        if loop is None or self.probe is not None:
            return
        probe = Probe()
        try:
            loop.call_soon_threadsafe(probe)
        except RuntimeError:
            return
        self.probe = probe

    def collect_probe(self) -> Optional[tuple[int, int]]:
        """When the last probe was due and how late it ran, once, in monotonic nanoseconds; None while it is out."""
        probe = self.probe
        if probe is None or not probe.ran_ns:
            return None
        self.probe = None
        if probe.void:
            return None
        late = max(0, probe.ran_ns - probe.due_ns)
        self.lag.add(late)
        return probe.due_ns, late

    def record(self, clock: Clock, open_block: Optional[dict[str, Any]], traced: bool) -> dict[str, Any]:
        """The `Loop` record; `traced` while every callback is logged of the loops of which that can be."""
        return {
            "id": self.id,
            "class": self.class_name,
            "thread": self.thread_name,
            "thread_id": self.thread,
            "state": self.state,
            "since_ns": clock.from_monotonic_ns(self.since_ns),
            "iterations": self.iterations,
            "callbacks": self.callbacks,
            "ready": self.ready,
            "timers": self.timers,
            "lag_ms": self.lag.lag_record(),
            "busy": self.busy.record(clock, self.thread, self.last, self.hold, traced and self.can_be_traced),
            "block": open_block,
        }

    def open_block(self, clock: Clock, task_id: Optional[int], threshold_ns: int) -> Optional[dict[str, Any]]:
        """The `OpenBlock` record while the loop is held for longer than the threshold."""
        hold = self.hold
        if hold is None or not hold.confirmed:
            return None
        held_ns = hold.last.now_ns - hold.started_ns
        cause = hold.cause(held_ns, threshold_ns)
        place: Optional[Place] = hold.place_for(cause)
        return {
            "started_ns": clock.from_monotonic_ns(hold.started_ns),
            "duration_ns": held_ns,
            "site": place.site if place else None,
            "callee": (place.callee if place else None) or hold.callback.name,
            "cause": cause,
            "task": task_id,
            "victims": hold.victims,
            "stack": place.stack if place else [],
        }


def _has_real_clock_and_selector(loop: Any) -> bool:
    """Whether the loop is asyncio's own at heart: test loops with a clock or a selector of their own are left alone."""
    cls = type(loop)
    if not isinstance(loop, BaseEventLoop):
        return False
    for name in ("_run_once", "time", "call_soon_threadsafe", "call_soon"):
        if getattr(cls, name) is not getattr(BaseEventLoop, name):
            return False
    if getattr(loop, "_csock", None) is None:
        return False
    selector = getattr(loop, "_selector", None)
    if isinstance(selector, selectors.BaseSelector):
        return type(selector).__module__ == "selectors"
    return getattr(loop, "_proactor", None) is not None
