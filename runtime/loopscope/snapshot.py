"""Looks at tasks from inside their loop, in slices of a millisecond.

The watchdog starts a pass over the tasks of a loop by putting a slice into it. The slice goes through tasks until its
time is up, hands what it found to the watchdog, and is put in again at the next look. A task is only worked out again
when the future it waits on has changed.
"""

from __future__ import annotations

import sys
import weakref
from asyncio import futures
from collections import deque
from typing import TYPE_CHECKING, Any, Optional

from . import awaiting
from .clock import monotonic_ns
from .control.loop_clock import set_back_ns
from .loops import LoopState, OwnCallback
from .registered import registered_tasks
from .tasks import ENDED, TaskNotes, TaskReference, describe_exception

if TYPE_CHECKING:
    from .session import Session

_loop_of: Any = futures._get_loop  # type: ignore[attr-defined]
SLICE_NS = 1_000_000
_CHECK_CLOCK_EVERY = 16
# Slices at one look of the watchdog, each in an iteration of the loop of its own.
_SLICES_AT_A_LOOK = 3
PASS_EVERY_NS = 200_000_000
_SHARE_OF_TIME = 50
MAX_TASK_RECORDS = 200_000


class TaskFacts:
    """What a slice found out about a task, without any reference to a live object."""

    __slots__ = ("coroutine", "coroutine_code", "exception", "goes_on", "name", "reference", "state", "wait")

    def __init__(self, reference: TaskReference, state: str) -> None:
        self.reference = reference
        self.state = state
        self.name: Optional[str] = None
        self.coroutine = ""
        self.coroutine_code: Any = None
        self.wait: Optional[dict[str, Any]] = None
        # It waits for the very future that it waited for when it was last looked at: it has not run meanwhile.
        self.goes_on = False
        self.exception: Optional[str] = None


class Pass(OwnCallback):
    """One pass over the tasks of one loop; the callback itself is the slice. Runs in the loop's thread."""

    __slots__ = (
        "_asked_ns",
        "_loop",
        "_position",
        "_references",
        "_registered",
        "_slices",
        "_snapshots",
        "detailed",
        "done",
        "out",
        "state",
        "used_ns",
    )

    def __init__(self, snapshots: Snapshots, state: LoopState, loop: Any, detailed: bool) -> None:
        self._snapshots = snapshots
        self._references = list(snapshots.session.tasks.by_address.values())
        # Tasks that may have been made unseen, once they have been asked for.
        self._registered: Optional[list[weakref.ref[Any]]] = None
        # How long that took, until they are all adopted.
        self._asked_ns = 0
        self._position = 0
        self._slices = 0
        self._loop: weakref.ref[Any] = weakref.ref(loop)
        self.state = state
        self.detailed = detailed
        self.done = False
        self.out = True
        self.used_ns = 0

    def __call__(self) -> None:
        """One slice."""
        started = monotonic_ns()
        try:
            self._work(started + SLICE_NS)
        except Exception:
            self.done = True
            self._snapshots.session.note_error()
        self.used_ns += monotonic_ns() - started
        self._slices += 1
        loop = self._loop()
        if self.done or loop is None or self._slices >= _SLICES_AT_A_LOOK:
            self.out = False
            return
        try:
            loop.call_soon(self)
        except RuntimeError:
            self.out = False

    def resume(self) -> None:
        """Put the slice into the loop again. Runs in the watchdog."""
        loop = self._loop()
        if loop is None:
            self.done = True
            return
        self._slices = 0
        self.out = True
        try:
            loop.call_soon_threadsafe(self)
        except RuntimeError:
            self.done = True
            self.out = False

    def _work(self, until_ns: int) -> None:
        if not self._adopt(until_ns):
            return
        references = self._references
        address = self.state.address
        position = self._position
        end = len(references)
        look = self._snapshots.look_closely if self.detailed else self._snapshots.look_for_end
        while position < end:
            stop = min(end, position + _CHECK_CLOCK_EVERY)
            for reference in references[position:stop]:
                if reference.loop_address == address and reference.state not in ENDED:
                    look(reference)
            position = stop
            if monotonic_ns() >= until_ns:
                break
        self._position = position
        if position >= end:
            self.done = True
            self._references = []

    def _adopt(self, until_ns: int) -> bool:
        """Log tasks of the loop that were made without our seeing it; says whether these are all."""
        session = self._snapshots.session
        loop = self._loop()
        if self._registered is None:
            began = monotonic_ns()
            if not self._snapshots.adoption_is_due(self.state, began):
                self._registered = []
                return True
            self._registered = registered_tasks(loop, session.tasks.by_address)
            self._asked_ns = monotonic_ns() - began
        known = session.tasks.by_address
        while self._registered:
            for reference in self._registered[-_CHECK_CLOCK_EVERY:]:
                task: Any = reference()
                if task is not None and id(task) not in known and _loop_of(task) is loop and not task.done():
                    session.adopt(task)
            del self._registered[-_CHECK_CLOCK_EVERY:]
            if monotonic_ns() >= until_ns:
                return False
        if self._asked_ns:
            self._snapshots.adopted(self.state, self._asked_ns)
            self._asked_ns = 0
        return True


class ObjectNumbers:
    """Small numbers for awaited objects, equal for the same object and never used twice."""

    def __init__(self) -> None:
        self._numbers: dict[int, tuple[weakref.ref[Any], int]] = {}
        self._last = 0

    def number(self, target: Any) -> Optional[int]:
        """The number of an object; None for one that cannot be referred to weakly."""
        known = self._numbers.get(id(target))
        if known is not None and known[0]() is target:
            return known[1]
        try:
            reference = weakref.ref(target)
        except TypeError:
            return None
        if len(self._numbers) >= 100_000:
            self._numbers = {key: value for key, value in self._numbers.items() if value[0]() is not None}
        self._last += 1
        self._numbers[id(target)] = reference, self._last
        return self._last


class Snapshots:
    """Goes through the tasks of each loop, again and again while somebody asks."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.dropped = 0
        self.facts: deque[TaskFacts] = deque()
        self._passes: dict[int, Pass] = {}
        self._next_ns: dict[int, int] = {}
        self._next_adoption_ns: dict[int, int] = {}
        self._numbers = ObjectNumbers()

    # In the watchdog

    def tick(self, now_ns: int, detailed: bool) -> None:
        """Take in what slices found, begin passes that are due and continue those under way."""
        self._take_in()
        for state in list(self.session.loops.running.values()):
            if not state.can_be_asked or (state.hold is not None and state.hold.confirmed):
                continue
            current = self._passes.get(state.id)
            if current is not None and not current.done:
                if not current.out:
                    self._put_in(current)
                continue
            if current is not None:
                del self._passes[state.id]
                self.session.in_loop_ns += current.used_ns
                # A pass may take a fiftieth of the loop's time at most.
                self._next_ns[state.id] = now_ns + max(PASS_EVERY_NS, current.used_ns * _SHARE_OF_TIME)
            if now_ns < self._next_ns.get(state.id, 0) or now_ns - state.running_since_ns < 20_000_000:
                continue
            loop = state.reference()
            if loop is not None:
                following = Pass(self, state, loop, detailed)
                self._passes[state.id] = following
                self._put_in(following)
        self._count_own_callbacks()

    def _put_in(self, current: Pass) -> None:
        self.session.glance()
        current.resume()
        self.session.glance()

    def start_over(self) -> None:
        """Begin a new pass at the next look: somebody new is watching."""
        self._next_ns.clear()

    def forget_loop(self, state: LoopState) -> None:
        """The loop has stopped: a slice that is still in it will not be waited for."""
        current = self._passes.pop(state.id, None)
        if current is not None:
            self.session.in_loop_ns += current.used_ns
        state.own_callbacks = 0

    def _count_own_callbacks(self) -> None:
        for state in self.session.loops.running.values():
            current = self._passes.get(state.id)
            state.own_callbacks = 1 if current is not None and current.out else 0

    def _take_in(self) -> None:
        facts = self.facts
        for _ in range(len(facts)):
            self._apply(facts.popleft())

    def _apply(self, fact: TaskFacts) -> None:
        session = self.session
        reference = fact.reference
        if fact.state in ENDED:
            session.tasks.end(reference, fact.state, fact.exception)
            return
        if reference.state in ENDED:
            return
        notes = reference.notes
        assert notes is not None
        tables = session.tables
        if notes.record is None and len(tables.tasks) >= MAX_TASK_RECORDS:
            self.dropped += 1
            return
        now = session.clock.now_ns()
        previous = notes.record
        wait = fact.wait
        if wait is not None:
            before: Any = previous["wait"] if previous is not None else None
            wait["since_ns"] = before["since_ns"] if fact.goes_on and before is not None else now
        loop = session.loops.at_address(reference.loop_address)
        code = fact.coroutine_code
        same_state = previous is not None and previous["state"] == fact.state and (wait is None or fact.goes_on)
        record = {
            "id": reference.id,
            "loop": loop.id if loop is not None else 0,
            "name": fact.name,
            "coroutine": fact.coroutine,
            "coroutine_site": None if code is None else session.sites.of_line(code, code.co_firstlineno),
            "created_site": reference.site,
            "parent": reference.parent,
            "created_ns": session.clock.from_monotonic_ns(reference.created_ns),
            "state": fact.state,
            "since_ns": previous["since_ns"] if previous is not None and same_state else now,
            "wait": wait,
            "exception": None,
        }
        reference.state = fact.state
        notes.record = record
        tables.tasks.put(reference.id, record)

    # In the loop's thread

    def adoption_is_due(self, state: LoopState, now_ns: int) -> bool:
        """Whether tasks of a loop may have been made without our seeing it."""
        return now_ns >= self._next_adoption_ns.get(state.id, 0)

    def adopted(self, state: LoopState, asked_ns: int) -> None:
        """All such tasks have been logged; to ask asyncio for them took so long.

        Up to Python 3.13 there are none but those that were there before the runtime; later also what bypassed
        `create_task`.
        """
        never = sys.version_info < (3, 14)
        self._next_adoption_ns[state.id] = 2**63 if never else monotonic_ns() + 100 * asked_ns

    def look_for_end(self, reference: TaskReference) -> None:
        """Note whether a task has ended."""
        task: Any = reference()
        if task is not None and task.done():
            self._note_end(reference, task)

    def look_closely(self, reference: TaskReference) -> None:
        """Note the state of a task and what it waits on."""
        task: Any = reference()
        if task is None:
            return
        if task.done():
            self._note_end(reference, task)
            return
        notes = reference.notes
        if notes is None:
            notes = reference.notes = TaskNotes()
        waiter = task._fut_waiter
        cancelling = _is_cancelling(task)
        known = notes.wait_fingerprint
        before = None if known is None or known[0] is None else known[0]()
        goes_on = known is not None and before is waiter and (known[0] is None) == (waiter is None)
        if goes_on and known[1] == cancelling and not known[2]:
            return
        fact = TaskFacts(reference, "cancelling" if cancelling else "ready" if waiter is None else "waiting")
        fact.goes_on = goes_on
        fact.name = str(task.get_name())
        coroutine = task.get_coro()
        fact.coroutine = _coroutine_name(coroutine)
        fact.coroutine_code = awaiting.code_of(coroutine)
        changing = False
        if waiter is not None:
            described = awaiting.describe(task, waiter)
            # What is still out changes while the future stays the same.
            changing = described.kind in ("gather", "job", "dns", "queue-put", "queue-get", "lock", "semaphore")
            fact.wait = self._wait_record(described, set_back_ns(task.get_loop()))
        notes.wait_fingerprint = (None if waiter is None else weakref.ref(waiter), cancelling, changing)
        if changing and goes_on and notes.record is not None:
            record = notes.record
            if record["state"] == fact.state and _same_wait(record["wait"], fact.wait) and record["name"] == fact.name:
                return
        self.facts.append(fact)

    def _note_end(self, reference: TaskReference, task: Any) -> None:
        fact = TaskFacts(reference, "finished")
        if task.cancelled():
            fact.state = "cancelled"
        else:
            # Task.exception() would mark the exception as retrieved and so silence asyncio's own message.
            exception = getattr(task, "_exception", None)
            if exception is not None:
                fact.state = "failed"
                fact.exception = describe_exception(exception)
        self.facts.append(fact)

    def _wait_record(self, described: awaiting.Waiting, behind_ns: int) -> dict[str, Any]:
        session = self.session
        label, executor, kind = described.label, None, described.kind
        if described.source is not None:
            job = session.executors.jobs.get(id(described.source))
            if job is not None:
                executor = job.executor.id
                where = f" on {job.worker}" if job.worker else ", running" if job.started_ns else ", queued"
                label = f"job {job.function}{where}"
                if job.function in ("getaddrinfo", "getnameinfo"):
                    kind = "dns"
        ids = [session.task_id(id(task)) for task in described.tasks]
        if kind in ("lock", "semaphore") and not ids:
            ids += session.findings.surveys.holders_of(described.target)
        return {
            "kind": kind,
            "label": label,
            "since_ns": 0,
            "object": None if described.target is None else self._numbers.number(described.target),
            "until_ns": None if described.until is None else session.clock.from_loop_time(described.until, behind_ns),
            "tasks": [identifier for identifier in ids if identifier is not None],
            "executor": executor,
        }

    def settle_loop(self, state: LoopState) -> None:
        """Note which tasks of a loop have ended. Runs in the loop's thread, with the session's lock."""
        self._take_in()
        registry = self.session.tasks
        for reference in list(registry.by_address.values()):
            if reference.loop_address == state.address and reference.state not in ENDED:
                task: Any = reference()
                if task is not None:
                    registry.settle(reference, task)


def _same_wait(before: Optional[dict[str, Any]], after: Optional[dict[str, Any]]) -> bool:
    if before is None or after is None:
        return before is after
    return all(before[name] == after[name] for name in ("kind", "label", "object", "until_ns", "tasks", "executor"))


def _is_cancelling(task: Any) -> bool:
    if sys.version_info >= (3, 11):
        cancelling = getattr(task, "cancelling", None)
        if cancelling is not None and cancelling() > 0:
            return True
    return bool(getattr(task, "_must_cancel", False))


def _coroutine_name(coroutine: Any) -> str:
    name = getattr(coroutine, "__qualname__", None)
    return name if isinstance(name, str) else type(coroutine).__name__
