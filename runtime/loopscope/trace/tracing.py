"""Works off what the loops log of each callback: adds it up by task, and passes single steps on to who wants them.

Much is logged in little time, so what must be done for every step is done for whole columns at once. When a loop is
very busy its single steps are not followed any more, only added up: that is counted.
"""

from __future__ import annotations

from collections import deque
from operator import sub
from types import CodeType
from typing import TYPE_CHECKING, Any, Optional

from .. import awaiting
from ..clock import monotonic_ns
from ..hooks.steps import ROW, StepsHook
from ..loops import LoopState, OwnCallback
from ..tables import Record, Tables
from .packed import Steps, pack
from .ready_queue import ReadyQueue, Turns
from .totals import Histogram, StepTotals

if TYPE_CHECKING:
    from ..session import Session
    from ..tasks import TaskReference

#: Steps of one loop that are followed one by one at one look of the watchdog, 20 ms.
MAX_FOLLOWED = 2_000
# Logs grow no longer than this without being worked off.
_UNATTENDED_NS = 250_000_000
_TELL_EVERY_NS = 250_000_000
_RECORDS_AT_ONCE = 1_000
_MAX_SLOW = 1_000
_MAX_HISTOGRAMS = 16
_OWN = id(OwnCallback.__self__)
# Above this, totals of tasks that ended untold are looked for.
_MANY_TOTALS = 10_000


class _Stretch:
    """What one loop logged since the last look, in columns."""

    __slots__ = ("durations", "ends", "known", "left", "longest", "owners", "queued", "starts", "state", "unknown")

    def __init__(self, state: LoopState, rows: list[int]) -> None:
        self.state = state
        self.owners = rows[0::ROW]
        self.starts = rows[1::ROW]
        self.ends = rows[2::ROW]
        self.queued = rows[3::ROW]
        self.left = rows[4::ROW]
        self.durations = list(map(sub, self.ends, self.starts))
        # Tasks by address, and the addresses that may yet turn out to be of tasks.
        self.known: dict[int, int] = {}
        self.unknown: set[int] = set()
        # Whose longest step is among these, by address and length.
        self.longest: dict[tuple[int, int], StepTotals] = {}

    def turns_of_ours(self, own: int) -> int:
        """How often the loop went round for nothing but one of our own callbacks, of which there are `own`."""
        alone, at = 0, -1
        for _ in range(own):
            at = self.owners.index(_OWN, at + 1)
            alone += not self.queued[at] and not self.left[at]
        return alone


class Tracing:
    """The tracing of one session. Belongs to whoever holds the session's lock, unless it says otherwise."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._hook = StepsHook(self._note_slow, session.note_error)
        self.active = False
        self._logs: dict[int, list[int]] = {}
        self._queues: dict[int, ReadyQueue] = {}
        self._totals: dict[int, StepTotals] = {}
        self._changed: list[StepTotals] = []
        self._stretches: list[_Stretch] = []
        self._slow: deque[tuple[int, int, CodeType, int]] = deque(maxlen=_MAX_SLOW)
        self._slow_places: dict[tuple[int, int], tuple[CodeType, int]] = {}
        self._longest: dict[int, int] = {}
        self._histograms: dict[int, Histogram] = {}
        self._next_telling_ns = 0
        self._steps_dropped = 0

    def begin(self) -> None:
        """Put the hook in. Any thread."""
        self.active = True
        self.loops_changed()

    def end(self) -> None:
        """Take the hook out; what was counted stays. Any thread."""
        self.active = False
        self._hook.remove()
        self._queues.clear()

    @property
    def dropped(self) -> int:
        """Runs of callbacks that were not counted."""
        return self._hook.lost

    def loops_changed(self) -> None:
        """Other loops run than before. Any thread."""
        logs: dict[int, list[int]] = {}
        for state in list(self._session.loops.running.values()):
            if state.can_be_traced:
                logs[state.address] = self._logs.setdefault(state.address, [])
        self._hook.watch(logs, monotonic_ns() + _UNATTENDED_NS)

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
        """Take the logs, and count the steps of tasks that were known at the last look."""
        while self._slow:
            address, began, code, line = self._slow.popleft()
            self._slow_places[address, began] = code, line
        states = self._session.loops
        for address, log in list(self._logs.items()):
            rows = log[: len(log) // ROW * ROW]
            state = states.at_address(address)
            if not rows or state is None:
                continue
            del log[: len(rows)]
            stretch = _Stretch(state, rows)
            self._stretches.append(stretch)
            self._add_up(stretch)
        if self.active:
            self.loops_changed()

    def account(self) -> None:
        """Count the steps of tasks that began since the last look, and follow single steps."""
        for stretch in self._stretches:
            if stretch.unknown:
                self._add_up_new(stretch)
            if stretch.longest:
                self._place_longest(stretch)
            state = stretch.state
            own = stretch.owners.count(_OWN)
            state.callbacks = (state.callbacks or 0) + len(stretch.owners) - own
            queue = self._queues.setdefault(state.address, ReadyQueue())
            # Nobody pays for what nobody is told: how often the loop went round is in the report.
            if len(stretch.owners) <= MAX_FOLLOWED and self._session.sinks:
                iterations = self._follow(stretch, queue)
            else:
                iterations = queue.lose_track(stretch.queued)
                if self._somebody_wants_steps():
                    self._steps_dropped += len(stretch.owners)
            state.iterations = (state.iterations or 0) + max(0, iterations - stretch.turns_of_ours(own))
        self._stretches.clear()
        self._slow_places.clear()

    def _add_up(self, stretch: _Stretch) -> None:
        durations: dict[int, list[int]] = {}
        for owner, duration in zip(stretch.owners, stretch.durations):
            try:
                durations[owner].append(duration)
            except KeyError:
                durations[owner] = [duration]
        first, last = stretch.starts[0], stretch.ends[-1]
        by_address = self._session.tasks.by_address
        for owner, its in durations.items():
            reference = by_address.get(owner)
            if reference is not None and reference.created_ns <= first:
                stretch.known[owner] = reference.id
                self._add(stretch, reference, its, last)
            elif owner and owner != _OWN:
                stretch.unknown.add(owner)

    def _add_up_new(self, stretch: _Stretch) -> None:
        by_address = self._session.tasks.by_address
        fresh: dict[int, TaskReference] = {}
        for owner in stretch.unknown:
            reference = by_address.get(owner)
            if reference is not None:
                fresh[owner] = reference
        if not fresh:
            return
        durations: dict[int, list[int]] = {}
        for owner, start, duration in zip(stretch.owners, stretch.starts, stretch.durations):
            # An earlier task may have lived at the same address.
            if owner in fresh and start >= fresh[owner].created_ns:
                durations.setdefault(owner, []).append(duration)
        for owner, its in durations.items():
            self._add(stretch, fresh[owner], its, stretch.ends[-1])
            stretch.known[owner] = fresh[owner].id

    def _add(self, stretch: _Stretch, reference: TaskReference, durations: list[int], last_ns: int) -> None:
        totals = self._totals.get(reference.id)
        if totals is None:
            totals = StepTotals(reference.id, reference.address, max(reference.created_ns, stretch.starts[0]))
            self._totals[reference.id] = totals
            if len(self._totals) > _MANY_TOTALS:
                self._forget_ended()
        totals.steps += len(durations)
        totals.busy_ns += sum(durations)
        totals.last_ns = last_ns
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

    def _place_longest(self, stretch: _Stretch) -> None:
        for owner, start, duration in zip(stretch.owners, stretch.starts, stretch.durations):
            totals = stretch.longest.get((owner, duration))
            if totals is not None:
                totals.longest_at_ns = start
                place = self._slow_places.get((owner, start))
                totals.longest_site = None if place is None else self._session.sites.of_line(*place)

    def _follow(self, stretch: _Stretch, queue: ReadyQueue) -> int:
        owners, starts, ends = stretch.owners, stretch.starts, stretch.ends
        known = stretch.known
        tasks = [known.get(owner, 0) for owner in owners]
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
        for task, histogram in self._histograms.items():
            found = totals.get(task)
            if found is not None:
                address = found.address
                histogram.add_delays(
                    [start - at for owner, start, at in zip(owners, starts, turns.ready_ns) if owner == address]
                )
        if self._somebody_wants_steps():
            self._pass_on(stretch, tasks, turns)
        return turns.iterations

    def _pass_on(self, stretch: _Stretch, tasks: list[int], turns: Turns) -> None:
        rows = [index for index, owner in enumerate(stretch.owners) if owner != _OWN]
        if not rows:
            return
        zero = self._session.clock.zero_ns
        steps = Steps(
            stretch.state.id,
            [float(stretch.starts[index] - zero) for index in rows],
            [float(stretch.ends[index] - zero) for index in rows],
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

    def _note_slow(self, handle: Any, began_ns: int) -> None:
        """A callback took long: see where its task is now."""
        owner = getattr(handle._callback, "__self__", None)
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
