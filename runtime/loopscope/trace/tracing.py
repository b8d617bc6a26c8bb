"""Works off what the loops log of each callback: adds it up by task, and passes single steps on to who wants them.

Much is logged in little time, so what must be done for every step is done for whole columns at once. When a loop is
very busy its single steps are not followed any more, only added up: that is counted.
"""

from __future__ import annotations

import threading
from collections import deque
from types import CodeType
from typing import TYPE_CHECKING, Any, Optional

from .. import awaiting
from ..clock import monotonic_ns
from ..hooks.coroutine_steps import Watched
from ..hooks.steps import StepsHook
from ..tables import Record, Tables
from .other_loops import OtherLoops
from .packed import Steps, pack
from .ready_queue import ReadyQueue, Turns
from .stretch import OWN, Stretch
from .totals import Histogram, StepTotals

if TYPE_CHECKING:
    from ..session import Session
    from ..tasks import TaskReference

#: Steps of one loop that are followed one by one at one look of the watchdog, 20 ms.
MAX_FOLLOWED = 2_000
# Logs grow no longer than this without being worked off, which is longer than any wait between two chores.
_UNATTENDED_NS = 750_000_000
# Longer than anybody has it. The next look sees the loop.
_LOCK_SECONDS = 1.0
_TELL_EVERY_NS = 250_000_000
_RECORDS_AT_ONCE = 1_000
_MAX_SLOW = 1_000
_MAX_HISTOGRAMS = 16
# Above this, totals of tasks that ended untold are looked for.
_MANY_TOTALS = 10_000


class Tracing:
    """The tracing of one session. Belongs to whoever holds the session's lock, unless it says otherwise."""

    def __init__(self, session: Session) -> None:
        self._session = session
        # Who knows of a loop that has begun must not be overtaken by who does not. Whoever has it may be interrupted
        # by a destructor that runs a loop.
        self._loops_lock = threading.RLock()
        self._hook = StepsHook(self._note_slow_handle, session.note_error)
        self._others = OtherLoops(session, self._note_slow)
        self.active = False
        # By address of the loop: what its callbacks are logged in, and what was taken to be worked off.
        self._logs: dict[int, list[int]] = {}
        self._taken: dict[int, list[int]] = {}
        self._queues: dict[int, ReadyQueue] = {}
        self._totals: dict[int, StepTotals] = {}
        self._changed: list[StepTotals] = []
        self._stretches: list[Stretch] = []
        self._slow: deque[tuple[int, int, CodeType, int]] = deque(maxlen=_MAX_SLOW)
        self._slow_places: dict[tuple[int, int], tuple[CodeType, int]] = {}
        self._longest: dict[int, int] = {}
        self._histograms: dict[int, Histogram] = {}
        self._next_telling_ns = 0
        self._steps_dropped = 0

    def begin(self) -> None:
        """Put the hooks in. Any thread."""
        self.active = True
        self._session.tasks.taken_over = {}
        self.loops_changed()

    def end(self) -> None:
        """Take the hooks out; what was counted stays. Any thread."""
        with self._loops_lock:
            self.active = False
            self._hook.remove()
            self._others.end()
        self._session.tasks.taken_over = None
        self._queues.clear()

    @property
    def dropped(self) -> int:
        """Runs of callbacks that were not counted."""
        return self._hook.lost + self._others.lost

    def loops_changed(self) -> None:
        """Other loops run than before. Any thread."""
        # Not for ever: whoever waits may be a destructor that interrupted what the one who has it waits for.
        if not self._loops_lock.acquire(timeout=_LOCK_SECONDS):
            return
        try:
            if self.active:
                self._watch_loops()
        finally:
            self._loops_lock.release()

    def _watch_loops(self) -> None:
        logs: dict[int, tuple[list[int], Any]] = {}
        others: list[Watched] = []
        for state in list(self._session.loops.running.values()):
            loop = state.reference()
            if loop is None:
                continue
            log = self._logs.setdefault(state.address, [])
            if state.can_be_traced:
                logs[state.address] = log, getattr(loop, "_ready", ())
            elif state.can_be_asked:
                others.append(Watched(state.address, loop, state.thread, log))
        until = monotonic_ns() + _UNATTENDED_NS
        self._hook.watch(logs, until)
        self._others.watch(others, until)

    def histogram(self, task: int) -> Optional[Record]:
        """The histogram of a task that somebody looks at, begun by the first call."""
        found = self._histograms.get(task)
        if found is None:
            if task not in self._totals:
                return None
            if len(self._histograms) >= _MAX_HISTOGRAMS:
                del self._histograms[next(iter(self._histograms))]
            found = self._histograms[task] = Histogram(task)
        return found.record()

    # At each look

    def take(self) -> None:
        """Take the logs, and note whose steps they have of the tasks that were known at the last look."""
        if len(self._totals) > _MANY_TOTALS:
            self._forget_ended()
        while self._slow:
            address, began, code, line = self._slow.popleft()
            self._slow_places[address, began] = code, line
        with self._loops_lock:
            logs, self._logs = self._logs, {}
            self.loops_changed()
        before, self._taken = self._taken, logs
        states = self._session.loops
        by_address = self._session.tasks.by_address
        for address, log in logs.items():
            # A callback that was on its way into the log before is there by now.
            log[:0] = before.get(address, ())
            state = states.at_address(address)
            if log and state is not None:
                stretch = Stretch(state, log)
                self._stretches.append(stretch)
                for owner in set(stretch.owners):
                    reference = by_address.get(owner)
                    if reference is not None and reference.created_ns <= stretch.first_ns:
                        stretch.before[owner] = reference

    def account(self) -> None:
        """Count the steps of each task, and follow single steps."""
        self._others.look()
        for stretch in self._stretches:
            self._add_up(stretch)
            if stretch.unknown:
                self._add_up_new(stretch)
            if stretch.longest:
                self._place_longest(stretch)
            state = stretch.state
            queue = self._queues.setdefault(state.address, ReadyQueue())
            # Nobody pays for what nobody is told: how often the loop went round is in the report.
            if len(stretch.owners) <= MAX_FOLLOWED and self._session.sinks:
                iterations = self._follow(stretch, queue)
            else:
                iterations = queue.lose_track(stretch.queued)
                if self._somebody_wants_steps():
                    self._steps_dropped += len(stretch.owners)
            if stretch.sees_queue:
                state.callbacks = (state.callbacks or 0) + len(stretch.owners) - stretch.own
                state.busy.in_callbacks_ns += sum(stretch.durations) - stretch.own_ns
                state.iterations = (state.iterations or 0) + max(0, iterations - stretch.turns_of_ours())
            stretch.let_go()
        self._stretches.clear()
        self._slow_places.clear()

    def _add_up(self, stretch: Stretch) -> None:
        durations: dict[int, list[int]] = {}
        for owner, duration in zip(stretch.owners, stretch.durations):
            try:
                durations[owner].append(duration)
            except KeyError:
                durations[owner] = [duration]
        own = durations.pop(OWN, ())
        stretch.own, stretch.own_ns = len(own), sum(own)
        taken_over = self._session.tasks.taken_over or {}
        for owner, its in durations.items():
            reference = stretch.before.get(owner)
            if reference is None:
                if owner:
                    stretch.unknown.add(owner)
                continue
            if owner in taken_over:
                stretch.unknown.add(owner)
                its = stretch.leave_earlier(owner, reference.id, taken_over[owner])
            else:
                stretch.known[owner] = reference.id
            if its:
                self._add(stretch, reference, its)

    def _add_up_new(self, stretch: Stretch) -> None:
        by_address = self._session.tasks.by_address
        fresh: dict[int, TaskReference] = {}
        for owner in stretch.unknown:
            reference = by_address.get(owner)
            if reference is not None:
                fresh[owner] = reference
        if not fresh:
            return
        stretch.made = {owner: reference.created_ns for owner, reference in fresh.items()}
        durations: dict[int, list[int]] = {}
        for index, owner in enumerate(stretch.owners):
            if owner in fresh and stretch.start_of(index) >= fresh[owner].created_ns:
                durations.setdefault(owner, []).append(stretch.durations[index])
        for owner, its in durations.items():
            self._add(stretch, fresh[owner], its)
            stretch.known[owner] = fresh[owner].id

    def _add(self, stretch: Stretch, reference: TaskReference, durations: list[int]) -> None:
        totals = self._totals.get(reference.id)
        if totals is None:
            since_ns = max(reference.created_ns, stretch.first_ns)
            totals = StepTotals(reference.id, reference.address, since_ns, stretch.sees_queue)
            self._totals[reference.id] = totals
        totals.steps += len(durations)
        totals.busy_ns += sum(durations)
        totals.last_ns = stretch.last_ns
        longest = max(durations)
        if longest > totals.longest_ns:
            totals.longest_ns = longest
            self._longest[reference.address] = longest
            stretch.longest[reference.address, longest] = totals
        if not totals.changed:
            totals.changed = True
            self._changed.append(totals)
        histogram = self._histograms.get(reference.id)
        if histogram is not None:
            histogram.add_steps(durations)

    def _place_longest(self, stretch: Stretch) -> None:
        lengths = {length for _, length in stretch.longest}
        for index in [index for index, duration in enumerate(stretch.durations) if duration in lengths]:
            owner = stretch.owners[index]
            totals = stretch.longest.get((owner, stretch.durations[index]))
            if totals is not None:
                start = stretch.start_of(index)
                totals.longest_at_ns = start
                place = self._slow_places.get((owner, start))
                totals.longest_site = None if place is None else self._session.sites.of_line(*place)

    def _follow(self, stretch: Stretch, queue: ReadyQueue) -> int:
        owners, starts, ends = stretch.owners, stretch.starts, stretch.ends
        known = stretch.known
        tasks = [known.get(owner, 0) for owner in owners]
        for index, owner in enumerate(owners) if stretch.made or stretch.earlier else ():
            if starts[index] < stretch.made.get(owner, 0):
                tasks[index] = 0
            if owner in stretch.earlier:
                task, until_ns = stretch.earlier[owner]
                if starts[index] < until_ns:
                    tasks[index] = task
        if not stretch.sees_queue:
            nothing = [0] * len(tasks)
            self._pass_on(stretch, tasks, Turns(nothing, nothing, 0))
            return 0
        turns = queue.follow(tasks, starts, ends, stretch.queued, stretch.left)
        totals = self._totals
        for task, start, end, ready in zip(tasks, starts, ends, turns.ready_ns):
            if not task:
                continue
            its = totals[task]
            its.last_ns = end
            delay = start - ready
            if delay > 0:
                its.delay_ns += delay
                if delay > its.max_delay_ns:
                    its.max_delay_ns = delay
        for looked_at, histogram in self._histograms.items():
            # Not by address: another task may live there by now.
            histogram.add_delays(
                [start - at for task, start, at in zip(tasks, starts, turns.ready_ns) if task == looked_at]
            )
        self._pass_on(stretch, tasks, turns)
        return turns.iterations

    def _pass_on(self, stretch: Stretch, tasks: list[int], turns: Turns) -> None:
        rows = [index for index, owner in enumerate(stretch.owners) if owner != OWN]
        if not rows or not self._somebody_wants_steps():
            return
        zero = self._session.clock.zero_ns
        starts, ends = stretch.starts, stretch.ends
        steps = Steps(
            stretch.state.id,
            [float(starts[index] - zero) for index in rows],
            [float(ends[index] - zero) for index in rows],
            [float(max(0, turns.ready_ns[index] - zero)) for index in rows],
            [tasks[index] for index in rows],
            [turns.wakers[index] for index in rows],
        )
        frame = pack(steps)
        for sink in self._session.sinks:
            if sink.look.steps and not sink.add_packed(frame):
                self._steps_dropped += len(rows)

    def _somebody_wants_steps(self) -> bool:
        return any(sink.look.steps for sink in self._session.sinks)

    # For those who tell

    def put_into(self, tables: Tables, everything: bool) -> None:
        """Bring the tables up to date."""
        tables.steps_dropped = self._steps_dropped
        now = monotonic_ns()
        if now < self._next_telling_ns and not everything:
            return
        self._next_telling_ns = now + _TELL_EVERY_NS
        changed = self._changed
        count = len(changed) if everything else _RECORDS_AT_ONCE
        self._changed = changed[count:]
        for totals in changed[:count]:
            if totals.task in tables.tasks:
                totals.changed = False
                tables.steps.put(totals.task, totals.record(self._session.clock))
            elif totals.task in self._totals:
                # Nobody has been told of the task yet.
                self._changed.append(totals)

    def task_ended(self, task: int) -> None:
        """Bring the last of a task's steps into the tables, and forget it."""
        totals = self._totals.pop(task, None)
        if totals is not None:
            self._longest.pop(totals.address, None)
            self._session.tables.steps.put(task, totals.record(self._session.clock))

    def _forget_ended(self) -> None:
        alive = {reference.id for reference in self._session.tasks.by_address.values()}
        self._totals = {task: totals for task, totals in self._totals.items() if task in alive}
        self._longest.clear()

    # In the loops' threads

    def _note_slow_handle(self, handle: Any, began_ns: int) -> None:
        self._note_slow(getattr(handle._callback, "__self__", None), began_ns)

    def _note_slow(self, owner: Any, began_ns: int) -> None:
        """A callback took long: see where its task is now, if it was a step of one."""
        get_coro = getattr(owner, "get_coro", None)
        if get_coro is None or monotonic_ns() - began_ns <= self._longest.get(id(owner), 0):
            return
        found: Optional[tuple[CodeType, int]] = None
        kinds = self._session.sites.kinds
        coroutine = get_coro()
        for each in awaiting.chain_of(coroutine):
            for name in ("cr_frame", "gi_frame", "ag_frame"):
                frame = getattr(each, name, None)
                if frame is not None and (found is None or kinds[frame.f_code.co_filename]):
                    found = frame.f_code, frame.f_lineno or 0
        if found is None:
            code = awaiting.code_of(coroutine)
            if code is None:
                return
            found = code, code.co_firstlineno
        self._slow.append((id(owner), began_ns, *found))
