"""The watchdog's looks at the loops: what began to hold a loop, and what has let it go.

A call that keeps the GIL lets no other thread look while it runs. But the watchdog has asked for the GIL meanwhile, and
the interpreter gives it away right after the call, before the loop's thread does anything else: whoever looks then sees
the line of the call. So after everything that lets the GIL go, and before everything that does so again, is asked how
long it was gone, by `glance`; and a look takes down all that it wants to know before it lets the GIL go itself.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Optional

from . import frames
from .clock import monotonic_ns
from .holds import LATE_NS, Hold, Reading
from .loops import EndedHold, LoopState, Seen
from .sight import RUN_ONCE
from .thread_clocks import ThreadClocks, own_voluntary_switches
from .waking import Moment, moment_after, this_moment

if TYPE_CHECKING:
    from .session import Session

PERIOD_NS = 20_000_000
# While nobody asks, and nothing has held a loop for longer than a moment: so what does is still seen twice.
_QUIET_PERIOD_NS = 40_000_000
_MOMENT_NS = 2_000_000
# While no loop runs there is nothing to look at.
RESTING_NS = 250_000_000
# How old the record of who waited for a processor may be when a call that kept the GIL is found.
_WAITS_EVERY_NS = 250_000_000
# How often is looked again because the GIL was gone for long while we looked.
_MAX_LOOKS = 10
_SEARCH_EVERY_NS = 1_000_000_000
# More than the watchdog goes to sleep by itself while it does not have the GIL.
_VAIN_WAKES = 5


class Lookout:
    """Looks at every loop that runs. Runs in the watchdog's thread, with the session's lock."""

    def __init__(self, session: Session) -> None:
        self.urgent = False
        self._session = session
        # When we last had the GIL for sure, and how often the thread had gone to sleep by then.
        self._had_gil_ns = 0
        self._switches = 0
        # How long was to pass from the last look to the next.
        self._planned_ns = 0
        self._next_waits_ns = 0
        self._next_search_ns = 0
        self._own_clocks: Optional[ThreadClocks] = None
        self._own_waited_ns = 0
        # What the loops did when the GIL came back that was gone for long, until it is looked at.
        self._regained: Optional[Moment] = None
        self._watched: dict[int, tuple[Optional[LoopState], Optional[Reading]]] = {}

    def close(self) -> None:
        """The watchdog has ended: its clocks are another's from now on."""
        if self._own_clocks is not None:
            self._own_clocks.close()
            self._own_clocks = None
            self._own_waited_ns = 0

    def glance(self) -> None:
        """If the GIL was gone for long, look who had it. To be called around everything that lets the GIL go."""
        now = monotonic_ns()
        absent = now - self._had_gil_ns
        if absent < LATE_NS:
            self._note_gil(now)
            return
        for _ in range(_MAX_LOOKS):
            moment, self._regained = self._regained, None
            self._look(absent, moment or this_moment(self.threads()))
            absent = monotonic_ns() - self._had_gil_ns
            if absent < LATE_NS:
                break

    def threads(self) -> list[int]:
        """The threads in which loops run; while none does, the one in which the first is likely to begin."""
        self._watched = {thread: (state, state.last) for thread, state in list(self._session.loops.running.items())}
        return list(self._watched) or [threading.main_thread().ident or 0]

    def look(self, late_ns: int, moment: Moment) -> int:
        """Look at what the loops in `threads` did at a moment; gives the nanoseconds until the next look.

        `late_ns` is how long the watchdog has wanted to look before it could.
        """
        if self._found_all_idle(late_ns, moment):
            self._planned_ns = self._quiet_period_ns
            return self._planned_ns
        wait = self._look(late_ns, moment)
        self.glance()
        self._planned_ns = min(wait, self._quiet_period_ns)
        return wait

    @property
    def _period_ns(self) -> int:
        return min(PERIOD_NS, max(5_000_000, self._session.threshold_ns // 5))

    @property
    def _quiet_period_ns(self) -> int:
        return min(_QUIET_PERIOD_NS, max(5_000_000, self._session.threshold_ns * 2 // 5))

    def _found_all_idle(self, late_ns: int, moment: Moment) -> bool:
        """The look that is most frequent, made short: nobody asks, and every loop waits for something to do."""
        session = self._session
        now = moment.now_ns
        running = session.loops.running
        if session.somebody_asks or late_ns >= LATE_NS or now >= min(self._next_waits_ns, self._next_search_ns):
            return False
        idle: list[tuple[int, LoopState]] = []
        for thread, state in list(running.items()):
            if state.hold is not None or not state.is_idle(moment.stacks.get(thread)):
                return False
            idle.append((thread, state))
        if not idle:
            return False
        process_ran_ns = time.process_time_ns()
        switches = own_voluntary_switches()
        for thread, state in idle:
            state.rest(self._reading(thread, state, now, late_ns, process_ran_ns, switches))
        self._had_gil_ns = now
        self._switches = switches or 0
        return True

    def _reading(
        self, thread: int, state: LoopState, now_ns: int, late_ns: int, process_ran_ns: int, switches: Optional[int]
    ) -> Reading:
        if state.clocks is None:
            state.clocks = ThreadClocks(thread)
        reading = Reading()
        reading.now_ns = now_ns
        reading.absent_ns = now_ns - self._had_gil_ns
        reading.late_ns = late_ns
        reading.loop_ran_ns = state.clocks.ran_ns()
        reading.process_ran_ns = process_ran_ns
        reading.switches = switches
        reading.collected_ns = self._session.garbage.total_ns(thread)
        reading.own_waited_ns = self._own_waited_ns
        reading.loop_waited_ns = state.waited_ns
        return reading

    def _look(self, late_ns: int, moment: Moment) -> int:
        session = self._session
        now = moment.now_ns
        period = self._period_ns
        switches = own_voluntary_switches()
        sights = self._take_down(moment, late_ns, period, switches)
        if now >= self._next_search_ns:
            self._next_search_ns = now + _SEARCH_EVERY_NS
            self._search(frames.current_frames())
        for _, seen in sights:
            seen.describe(session.sites)
        vain = 0 if switches is None else switches - self._switches
        self._note_gil(now)
        self._read_waits(sights, now, late_ns, vain)
        wait = self._quiet_period_ns if session.loops.running else RESTING_NS
        if session.somebody_asks:
            wait = min(wait, period)
        since = max(period, self._planned_ns)
        for state, seen in sights:
            wait = min(wait, self._judge(state, seen, since, period))
        return wait

    def _take_down(
        self, moment: Moment, late_ns: int, period_ns: int, switches: Optional[int]
    ) -> list[tuple[LoopState, Seen]]:
        """What all loops did at a moment. Keeps the GIL."""
        session = self._session
        now_ns = moment.now_ns
        sights: list[tuple[LoopState, Seen]] = []
        process_ran_ns = time.process_time_ns()
        running = session.loops.running
        stacks = moment.stacks
        unseen = [thread for thread in running if thread not in stacks]
        if unseen:
            stacks.update(this_moment(unseen).stacks)
        for thread, stack in stacks.items():
            runs = running.get(thread)
            state, before = self._watched.get(thread, (runs, None))
            if state is None:
                stack.clear()
                continue
            if not stack:
                if _runs_nothing(thread) and running.pop(thread, None) is state:
                    state.stopped()
                continue
            sight = state.see(stack)
            stack.clear()
            if runs is not state and not sight.is_over:
                continue
            state.note_clock()
            if sight.is_over or state.wants_lines(sight, now_ns, period_ns):
                sight.take_lines()
            reading = self._reading(thread, state, now_ns, late_ns, process_ran_ns, switches)
            sights.append((state, Seen(sight, reading, before)))
        return sights

    def _read_waits(self, sights: list[tuple[LoopState, Seen]], now_ns: int, late_ns: int, vain: int) -> None:
        """Add who waited for a processor, where that may matter: reading it lets the GIL go.

        `vain` is how often the thread has gone to sleep since it last had the GIL. One that asks for the GIL wakes
        again and again, and once it has done so it is the next to get it, however long it then waits for a processor.
        """
        due = late_ns >= LATE_NS or now_ns >= self._next_waits_ns
        if due:
            self._next_waits_ns = now_ns + _WAITS_EVERY_NS
        own_wait: Optional[int] = None
        for state, seen in sights:
            reading = seen.reading
            if due or (state.hold is not None and state.hold.key == seen.sight.key):
                if own_wait is None and self._has_kept_gil():
                    own_wait = self._own_wait()
                if state.clocks is not None and self._has_kept_gil():
                    state.waited_ns = state.clocks.waited_ns(self._seeing)
                if vain >= _VAIN_WAKES:
                    reading.late_ns = late_ns * (vain - 2) // vain
                else:
                    reading.late_ns = max(0, late_ns - (own_wait or 0))
            reading.own_waited_ns = self._own_waited_ns
            reading.loop_waited_ns = state.waited_ns

    def _seeing(self, call: partial[Any]) -> Any:
        """Call what lets the GIL go. If that is gone for long, what the loops did when it came is for `glance`."""
        result, moment = moment_after(call, self.threads())
        if self._regained is None and moment.now_ns - self._had_gil_ns >= LATE_NS:
            self._regained = moment
        return result

    def _has_kept_gil(self) -> bool:
        """Whether the GIL was gone for a moment at most: otherwise there is something to see before it goes again."""
        now = monotonic_ns()
        if now - self._had_gil_ns >= LATE_NS:
            return False
        self._note_gil(now)
        return True

    def _note_gil(self, now_ns: int) -> None:
        self._had_gil_ns = now_ns
        self._switches = own_voluntary_switches() or 0

    def _judge(self, state: LoopState, seen: Seen, since_ns: int, period_ns: int) -> int:
        """Draw conclusions from a look that was to come `since_ns` after the one before; gives the nanoseconds until
        the next one at the latest."""
        session = self._session
        held_since = None
        if session.controller is not None:
            held_since = session.controller.held_since_ns(state.reference())
        if held_since is None:
            ended = state.judge(seen, session.threshold_ns, since_ns)
        else:
            ended = state.held(held_since, seen.reading)
        for each in ended:
            self._block_ended(state, each)
        hold = state.hold
        if hold is None:
            return RESTING_NS
        now = seen.reading.now_ns
        if not hold.confirmed:
            # Look again just when the callback would pass the threshold.
            passes = max(1_000_000, hold.started_ns + session.threshold_ns - now + 200_000)
            return passes if now - hold.started_ns < _MOMENT_NS else min(passes, period_ns)
        if not hold.announced:
            hold.announced = True
            self.urgent = True
            self._mark_running(hold.callback.address)
        if session.controller is not None:
            self._note_block(state, hold, now - hold.started_ns)
        return period_ns

    def settle_stopped_loops(self) -> None:
        """Account for loops that stopped since the last look."""
        for state in list(self._session.loops.states.values()):
            for ended in state.settle():
                self._block_ended(state, ended)

    def _own_wait(self) -> int:
        """Nanoseconds the watchdog has waited for a processor since it last asked: that much of its lateness is not
        the GIL's doing."""
        session = self._session
        watchdog = session.watchdog
        if watchdog is None or not watchdog.ident_of_thread:
            return 0
        clocks = self._own_clocks
        if clocks is None:
            clocks = self._own_clocks = ThreadClocks(watchdog.ident_of_thread, watchdog.native_id_of_thread)
        waited = clocks.waited_ns(self._seeing) or 0
        before, self._own_waited_ns = self._own_waited_ns, waited
        return max(0, waited - before)

    def _search(self, frames: dict[int, Any]) -> None:
        """Find loops that were running before the runtime came in."""
        session = self._session
        for thread, innermost in frames.items():
            if thread in session.loops.running:
                continue
            frame = innermost
            while frame is not None and frame.f_code is not RUN_ONCE:
                frame = frame.f_back
            if frame is not None:
                loop = frame.f_locals.get("self")
                if loop is not None:
                    state = session.loops.state_of(loop)
                    state.started()
                    state.last = None
                    state.thread = thread
                    known: Any = threading._active.get(thread)  # type: ignore[attr-defined]
                    state.thread_name = known.name if known is not None else f"thread {thread}"
                    session.loops.running[thread] = state

    def _block_ended(self, state: LoopState, ended: EndedHold) -> None:
        session = self._session
        hold = ended.hold
        held_ns = ended.ended_ns - hold.started_ns
        cause = hold.cause(held_ns, session.threshold_ns, ended.reading)
        self._note_block(state, hold, held_ns)
        session.executed.held(hold.started_ns, ended.ended_ns)
        place = hold.place_for(cause)
        if place is not None and place.callee is None and hold.callback.name is not None and place.site is None:
            place.callee = hold.callback.name
        self.urgent = True
        session.blocks.add(
            state.id,
            place,
            cause,
            session.clock.from_monotonic_ns(hold.started_ns),
            held_ns,
            hold.callback.task_name,
            hold.victims,
        )

    def _note_block(self, state: LoopState, hold: Hold, held_ns: int) -> None:
        """Tell the debugger, which may be asked to stop at jams."""
        session = self._session
        loop = state.reference()
        if loop is None or session.controller is None:
            return
        place = hold.place_for(hold.cause(held_ns, session.threshold_ns))
        stack = [] if place is None else [session.sites.record(site) for site in place.stack]
        task = session.task_id(hold.callback.address) or 0
        session.controller.note_block(loop, (state.id, hold.key), held_ns / 1e6, task, stack)

    def _mark_running(self, task_address: int) -> None:
        """While a task holds its loop no slice can say that it runs."""
        session = self._session
        reference = session.tasks.by_address.get(task_address)
        if reference is None or reference.notes is None or reference.notes.record is None:
            return
        record = dict(reference.notes.record, state="running", since_ns=session.clock.now_ns(), wait=None)
        reference.notes.record = record
        reference.notes.wait_fingerprint = None
        session.tables.tasks.put(reference.id, record)


def _runs_nothing(thread: int) -> bool:
    """Whether a thread that was not seen is gone: it may have been that just then no thread could be seen."""
    return frames.can_be_seen() and not this_moment([thread]).stacks[thread]
