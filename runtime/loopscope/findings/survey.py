"""Looks for tasks that have waited long, from inside their loop, once a second in slices of a millisecond.

A task whose future is the same as a second ago is described once; only then is it looked into. What a survey finds is
handed to the watchdog as cases without any reference to the program's objects, and the rules judge them there.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Optional

from .. import awaiting
from ..clock import monotonic_ns
from ..hooks.awaited_by import AwaitedByHook
from ..loops import LoopState, OwnCallback
from ..tasks import ENDED, TaskReference
from . import busy_poll, cancel_swallowed, stuck, suspended
from .acquired import AcquiredPaths
from .ledger import Ledger
from .locking import Locking
from .pins import Pins
from .remembered import Case, Followed, Line, Wait
from .spinning import Spinning
from .verdict import Verdict

if TYPE_CHECKING:
    from ..session import Session

EVERY_NS = 1_000_000_000
SLICE_NS = 1_000_000
# A survey may take this part of the loop's time at most.
_SHARE_OF_TIME = 50
_LONG_NS = 1_000_000_000
_CHECK_CLOCK_EVERY = 16
MAX_FOLLOWED = 10_000
_MAX_CASES = 1_000


class Survey(OwnCallback):
    """One survey of one loop; the callback itself is the slice. Runs in the loop's thread."""

    __slots__ = ("_loop", "_surveys", "_work", "done", "out", "state", "used_ns")

    def __init__(self, surveys: Surveys, state: LoopState, loop: Any) -> None:
        self._surveys = surveys
        self._loop: weakref.ref[Any] = weakref.ref(loop)
        self._work: Optional[Iterator[None]] = None
        self.state = state
        self.done = False
        self.out = False
        self.used_ns = 0

    def __call__(self) -> None:
        """One slice."""
        started = monotonic_ns()
        try:
            if self._work is None:
                self._work = self._surveys.work(self.state, self._loop)
            until = started + SLICE_NS
            for _ in self._work:
                if monotonic_ns() >= until:
                    break
            else:
                self.done = True
        except Exception:
            self.done = True
            self._surveys.session.note_error()
        self.used_ns += monotonic_ns() - started
        self.out = False

    def resume(self) -> None:
        """Put the slice into the loop. Runs in the watchdog."""
        loop = self._loop()
        self.out = True
        try:
            if loop is None:
                raise RuntimeError
            loop.call_soon_threadsafe(self)
        except RuntimeError:
            self.out = False
            self.done = True


class Surveys:
    """The surveys of all loops."""

    def __init__(self, session: Session, ledger: Ledger) -> None:
        self.session = session
        self.dropped = 0
        self._ledger = ledger
        self._cases: deque[Case] = deque()
        self._current: dict[int, Survey] = {}
        self._next_ns: dict[int, int] = {}
        self._spinning: dict[int, Spinning] = {}
        self.awaited_by = AwaitedByHook(session.note_error)
        self.pins = Pins(self.awaited_by, session.tasks)
        self._acquired = AcquiredPaths()
        # By loop, then by the address of the lock.
        self._lines: dict[int, dict[int, Line]] = {}
        # By loop, then by the address of the lock: the lock and the numbers of the tasks that hold it.
        self._holders: dict[int, dict[int, tuple[weakref.ref[Any], list[int]]]] = {}
        # By loop, then by the number of the task.
        self._followed: dict[int, dict[int, Followed]] = {}

    def holders_of(self, lock: Any) -> list[int]:
        """The numbers of the tasks that hold a lock, as of the last survey; none unless it is certain. Any thread."""
        for by_address in list(self._holders.values()):
            known = by_address.get(id(lock))
            if known is not None and known[0]() is lock:
                return known[1]
        return []

    # In the watchdog

    def tick(self, now_ns: int) -> None:
        """Begin surveys that are due and continue those under way."""
        for state in list(self.session.loops.running.values()):
            if state.state == "held":
                # A debugger holds the loop: nothing that is waited for can come.
                self._followed.pop(state.id, None)
                self._lines.pop(state.id, None)
                continue
            if not state.can_be_asked or (state.hold is not None and state.hold.confirmed):
                continue
            current = self._current.get(state.id)
            if current is not None:
                if not current.done:
                    if not current.out:
                        current.resume()
                    continue
                del self._current[state.id]
                self.session.in_loop_ns += current.used_ns
                self._next_ns[state.id] = now_ns + max(EVERY_NS, current.used_ns * _SHARE_OF_TIME)
            if now_ns < self._next_ns.get(state.id, 0) or now_ns - state.running_since_ns < EVERY_NS // 2:
                continue
            loop = state.reference()
            if loop is not None:
                self._current[state.id] = following = Survey(self, state, loop)
                following.resume()
        for state in self.session.loops.running.values():
            own = self._current.get(state.id)
            state.own_callbacks += int(own is not None and own.out)

    def take_in(self) -> None:
        """Let the rules judge what the surveys found."""
        self._drop_stopped()
        self._acquired.read_wanted()
        for spinning in self._spinning.values():
            for found in spinning.take():
                number = None if found.task is None else self.session.task_id(id(found.task()))
                tasks = () if number is None else (number,)
                self._judge(Case(busy_poll, found.spin.what, found.place, found.spin, found.key, tasks=tasks))
        for _ in range(len(self._cases)):
            self._judge(self._cases.popleft())

    def _judge(self, case: Case) -> None:
        if case.rule is cancel_swallowed and cancel_swallowed.requests_are_left_standing():
            return
        verdict: Verdict = case.rule.check(case.subject)
        if verdict.warns:
            site = None if case.place is None else self.session.sites.of_line(*case.place)
            evidence = verdict.evidence
            self._ledger.put(case.rule, (case.key, site), site, evidence, case.case, case.task, tasks=case.tasks)

    def _drop_stopped(self) -> None:
        running = {state.id for state in self.session.loops.running.values()}
        for identifier in [each for each in self._followed if each not in running]:
            del self._followed[identifier]
            self._spinning.pop(identifier, None)
            self._lines.pop(identifier, None)
            self._holders.pop(identifier, None)
            current = self._current.pop(identifier, None)
            if current is not None:
                self.session.in_loop_ns += current.used_ns

    # In the loop's thread

    def work(self, state: LoopState, loop: weakref.ref[Any]) -> Iterator[None]:
        """Go through the tasks of a loop; yields where it may be interrupted, and holds no task there."""
        if state.can_be_probed:
            self._begin_spinning(state, loop)
        followed = self._followed.get(state.id, {})
        address = state.address
        alive: dict[int, Followed] = {}
        self._followed[state.id] = alive
        for count, reference in enumerate(list(self.session.tasks.by_address.values())):
            if count % _CHECK_CLOCK_EVERY == 0:
                yield
            if reference.loop_address != address or reference.state in ENDED:
                continue
            if len(alive) >= MAX_FOLLOWED:
                break
            known = self._look(reference, followed.get(reference.id))
            if known is not None:
                alive[reference.id] = known
        yield
        yield from self.pins.work(loop)
        locking = Locking(alive, self.session.sites.kinds, self._acquired)
        lines = self._lines.setdefault(state.id, {})
        if not locking.is_needed:
            lines.clear()
            self._holders.pop(state.id, None)
            return
        references: dict[int, TaskReference] = {}
        for count, reference in enumerate(list(self.session.tasks.by_address.values())[: 2 * MAX_FOLLOWED]):
            if count % _CHECK_CLOCK_EVERY == 0:
                yield
            if reference.loop_address == address and reference.state not in ENDED:
                references[reference.id] = reference
                locking.seek(reference)
        yield
        for case in (*locking.long_held(lines, references), *locking.circles(references)):
            self._add(case)
        self._holders[state.id] = locking.known_holders()

    def _begin_spinning(self, state: LoopState, loop: weakref.ref[Any]) -> None:
        spinning = self._spinning.get(state.id)
        if spinning is None:
            spinning = self._spinning[state.id] = Spinning(self.session.sites.kinds, self.session.note_error)
        spinning.begin(loop())

    def _look(self, reference: TaskReference, known: Optional[Followed]) -> Optional[Followed]:
        task: Any = reference()
        if task is None or task.done():
            return None
        now = monotonic_ns()
        waiter = getattr(task, "_fut_waiter", None)
        if known is None:
            known = Followed(waiter, now)
        elif waiter is None or known.waiter is None or known.waiter() is not waiter:
            known.begin(waiter, now)
        else:
            known.go_on(now)
        self._look_at_cancellation(reference, task, waiter, known, now)
        if waiter is None or waiter.done() or known.described or known.waited_ns < _LONG_NS:
            return known
        known.described = True
        del waiter
        self._describe(reference, task, known)
        return known

    def _look_at_cancellation(
        self, reference: TaskReference, task: Any, waiter: Any, known: Followed, now: int
    ) -> None:
        cancelling = getattr(task, "cancelling", None)
        requests = 0 if cancelling is None else cancelling() - self.session.tasks.left_standing.get(task, 0)
        if requests <= 0 or waiter is None or waiter.done() or getattr(task, "_must_cancel", False):
            if requests <= 0:
                known.cancelled_at = None
            return
        if known.cancelled_at is None:
            known.cancelled_at = weakref.ref(waiter)
            known.cancel_since_ns = now
            return
        # Cancelling a task cancels the plain future that it waits on, at once: one that is still out came later.
        went_on = type(waiter) is asyncio.Future or known.cancelled_at() is not waiter
        if not went_on or not known.cancel_since_ns:
            return
        chain = awaiting.chain_of(task.get_coro())
        requests -= suspended.requests_of_groups(chain)
        cleaning_up = suspended.handles_cancellation(chain)
        if requests > 0 and not cleaning_up:
            since = (now - known.cancel_since_ns) / 1e9
            known.cancel_since_ns = 0
            place = suspended.users_line(chain, self.session.sites.kinds)
            subject = cancel_swallowed.Cancelled(task.get_name(), requests, since, True, False)
            self._add(Case(cancel_swallowed, None, place, subject, reference.id, reference.id, (reference.id,)))

    def _describe(self, reference: TaskReference, task: Any, known: Followed) -> None:
        waiter = task._fut_waiter
        described = awaiting.describe(task, waiter)
        kind, target = described.kind, described.target
        if suspended.is_known_lock(target):
            known.wait = self._wait_of(task)
            known.wait.lock = weakref.ref(target)
            known.wait.for_lock = True
            known.wait.has_limit = described.until is not None
        elif described.until is not None:
            return
        elif kind in ("task", "gather", "lock") and len(described.tasks) == 1:
            known.wait = self._wait_of(task)
            known.wait.for_lock = kind == "lock"
            known.wait.next_task = self.session.task_id(id(described.tasks[0]))
        elif kind in ("future", "event", "queue-get") and target is not None and not suspended.runs_the_loop(task):
            label = {"future": "a future", "event": "an Event", "queue-get": "a Queue"}[kind]
            if kind == "future" and type(target) is not asyncio.Future:
                return
            directly = target is waiter
            try:
                weak = weakref.ref(target)
            except TypeError:
                return
            del described, target, waiter
            self._judge_stuck(reference, task, weak, directly, label, known)

    def _judge_stuck(
        self,
        reference: TaskReference,
        task: Any,
        weak: weakref.ref[Any],
        directly: bool,
        label: str,
        known: Followed,
    ) -> None:
        chain = awaiting.chain_of(task.get_coro())
        outside, named = suspended.referrers_outside(weak, chain, directly)
        if outside or not named:
            return
        place = suspended.users_line(chain, self.session.sites.kinds)
        subject = stuck.Waiter(task.get_name(), label, known.waited_ns / 1e9, False, named)
        self._add(Case(stuck, None, place, subject, reference.id, reference.id, (reference.id,)))

    def _wait_of(self, task: Any) -> Wait:
        chain = awaiting.chain_of(task.get_coro())
        return Wait(str(task.get_name()), suspended.users_line(chain, self.session.sites.kinds))

    def _add(self, case: Case) -> None:
        if len(self._cases) < _MAX_CASES:
            self._cases.append(case)
        else:
            self.dropped += 1
