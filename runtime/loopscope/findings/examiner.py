"""Brings the rules together with what was measured: at most once a second while the program runs, and at its end."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from .. import tables as tables_module
from ..clock import monotonic_ns
from ..executors import ExecutorState
from ..hooks.exception_handler import where_raised
from ..hooks.queues import QueueHook
from ..hooks.unawaited import UnawaitedCoroutine
from ..jobs import Job
from ..tasks import TaskDropped, describe_exception
from . import (
    await_pin,
    executor_saturated,
    iteration_overfull,
    left_open,
    never_awaited,
    never_retrieved,
    pool_per_call,
    queue_growth,
    task_dropped,
    task_leak,
)
from .ledger import Ledger
from .remaining import RemainingThings
from .survey import Surveys
from .unwoken import Unwoken
from .verdict import Verdict

if TYPE_CHECKING:
    from ..session import Session

EVERY_NS = 1_000_000_000
_MAX_UNAWAITED = 1000
_MAX_SITES_FOLLOWED = 5000


class _Growth(NamedTuple):
    first: int
    last: int
    ended: int
    looks: int
    since_ns: int


class Examiner:
    """Makes the findings. Belongs to the watchdog, apart from `unawaited`, which any thread may call."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.ledger = Ledger(self._tell_debugger)
        self.queues = QueueHook(session.sites.kinds, session.note_error)
        self.surveys = Surveys(session, self.ledger)
        self.unwoken = Unwoken(session, self.ledger)
        self._remaining = RemainingThings(session, self.ledger)
        self.dropped = 0
        # Each with whether the debugger has stopped at it already.
        self._unawaited: deque[tuple[UnawaitedCoroutine, bool]] = deque()
        self._next_ns = 0
        self._open_at_end: list[ExecutorState] = []
        self._sites: dict[int, _Growth] = {}
        self._queues: dict[int, _Growth] = {}

    def unawaited(self, coroutine: UnawaitedCoroutine) -> None:
        """Python warned of a coroutine. Any thread."""
        is_told = self._stops_at(coroutine)
        if len(self._unawaited) < _MAX_UNAWAITED:
            self._unawaited.append((coroutine, is_told))
        else:
            self.dropped += 1

    def _stops_at(self, coroutine: UnawaitedCoroutine) -> bool:
        """Have the debugger stop in the callback that threw a coroutine away, if it is to: later it would be over."""
        controller = self.session.controller
        if controller is None or never_awaited.RULE not in controller.stops.rules:
            return False
        site, verdict = self._verdict_on(coroutine)
        stack = [] if site is None else [self.session.sites.record(site)]
        return controller.stop_here(never_awaited.RULE, never_awaited.format(verdict.evidence), stack)

    def _tell_debugger(self, record: dict[str, Any], task: int) -> None:
        controller = self.session.controller
        if controller is None:
            return
        site = record["site"]
        stack = [] if site is None or task else [self.session.sites.record(site)]
        controller.note_finding(None, record["rule"], record["message"], task, stack)

    def main_thread_ended(self) -> None:
        """Note which pools are open, before `concurrent.futures` shuts them down. Runs in the main thread."""
        self._remaining.main_thread_ended()
        try:
            self._open_at_end = [state for state in list(self.session.executors.states.values()) if not state.is_gone()]
        except Exception:
            self.session.note_error()

    def tick(self, now_ns: int) -> None:
        """Do what is due at a look of the watchdog."""
        self.surveys.tick(now_ns)
        if now_ns < self._next_ns:
            return
        self._next_ns = now_ns + EVERY_NS
        self._take_in()
        self._judge_executors(now_ns)
        self._judge_task_sites(now_ns)
        self._judge_queues(now_ns)
        self._remaining.look(now_ns)

    def finish(self, at_exit: bool) -> None:
        """Judge for the last time; `at_exit` says that the program has ended, not only our watching of it."""
        self._take_in()
        self._judge_executors(monotonic_ns())
        if at_exit:
            self._judge_what_is_left()

    def put_into(self, tables: tables_module.Tables) -> None:
        """Bring the table of findings up to date."""
        self.ledger.put_into(tables)

    def events_dropped(self) -> int:
        """Facts that found no room."""
        return self.dropped + self.ledger.overflowed + self.queues.overflowed + self.surveys.dropped

    def _take_in(self) -> None:
        self.surveys.take_in()
        misfortunes = self.session.tasks.misfortunes
        for _ in range(len(misfortunes)):
            told, site = misfortunes.popleft()
            if isinstance(told, TaskDropped):
                verdict = task_dropped.check(task_dropped.Freed(told.name, told.coroutine, True, told.loop_closed))
                self._put(task_dropped, (site, told.coroutine), site, verdict)
            else:
                failure = never_retrieved.Failure(told.name, told.text, told.raised_at, False, False)
                self._put(never_retrieved, (site, told.raised_at), site, never_retrieved.check(failure))
        for _ in range(len(self._unawaited)):
            coroutine, is_told = self._unawaited.popleft()
            site, verdict = self._verdict_on(coroutine)
            if verdict.warns:
                key = (site, coroutine.name)
                self.ledger.put(never_awaited, key, site, verdict.evidence, quietly=is_told)
        for found in self.surveys.pins.take():
            self._put(await_pin, found.site, found.site, await_pin.check(found.subject), found.key)
        for state in list(self.session.loops.states.values()):
            for turn in state.turns.take():
                case = iteration_overfull.Iteration(*turn, self.session.threshold_ns / 1e6)
                self._put(iteration_overfull, state.id, None, iteration_overfull.check(case))

    def _put(self, rule: Any, key: Any, site: Optional[int], verdict: Verdict, case: Any = None) -> None:
        if verdict.warns:
            self.ledger.put(rule, key, site, verdict.evidence, case)

    def _verdict_on(self, coroutine: UnawaitedCoroutine) -> tuple[Optional[int], Verdict]:
        """What to say of a coroutine, and at which line. Any thread."""
        sites = self.session.sites
        made: Optional[int] = None
        defined: Optional[int] = None
        made_at: Optional[str] = None
        if coroutine.code is not None and sites.kinds[coroutine.code.co_filename]:
            defined = sites.of_line(coroutine.code, coroutine.code.co_firstlineno)
        if coroutine.discarded_by is not None:
            made = sites.of_instruction(*coroutine.discarded_by)
        if coroutine.origin is not None:
            made_at = f"{coroutine.origin[0]}:{coroutine.origin[1]}"
            if made is None:
                made = sites.of_place(*coroutine.origin)
        elif made is not None:
            made_at = self._place(made)
        unawaited = never_awaited.Unawaited(
            coroutine.name, False, made_at, None if defined is None else self._place(defined)
        )
        return (defined if made is None else made), never_awaited.check(unawaited)

    def _judge_executors(self, now_ns: int) -> None:
        registry = self.session.executors
        jobs: Optional[list[Job]] = None
        lines: dict[int, list[ExecutorState]] = {}
        for state in list(registry.states.values()):
            if state.first_site is not None and state.name != "asyncio":
                lines.setdefault(state.first_site, []).append(state)
            since = state.saturated_since_ns
            if since and now_ns - since >= executor_saturated.THRESHOLD_SECONDS * 1e9:
                if jobs is None:
                    jobs = list(registry.jobs.values())
                self._judge_pool(state, [job for job in jobs if job.executor is state], now_ns)
        for site, states in lines.items():
            gone = max(state.gone_before for state in states)
            pools = pool_per_call.Pools(states[-1].type, len(states), gone, sum(state.submitted for state in states))
            self._put(pool_per_call, site, site, pool_per_call.check(pools), site)

    def _judge_pool(self, state: ExecutorState, jobs: list[Job], now_ns: int) -> None:
        waiting = [job for job in jobs if not job.started_ns]
        if not waiting:
            return
        by_line: dict[Optional[int], int] = {}
        sites = self.session.sites
        for job in jobs:
            line = None if job.code is None else sites.of_instruction(job.code, job.instruction)
            by_line[line] = by_line.get(line, 0) + 1
        by_line.pop(None, None)
        site = max(by_line, key=by_line.__getitem__) if by_line else None
        pool = executor_saturated.Pool(
            state.type,
            state.name == "asyncio",
            state.max_workers,
            state.queued,
            (now_ns - state.saturated_since_ns) / 1e9,
            (now_ns - min(job.submitted_ns for job in waiting)) / 1e9,
            len({job.task_address for job in waiting if job.task_address}),
            sum(1 for job in waiting if job.function in ("getaddrinfo", "getnameinfo")),
            None if site is None else self._place(site),
            0 if site is None else by_line[site],
        )
        # Once a pool is known to have been full, it stays the same finding.
        self._put(executor_saturated, state.id, site, executor_saturated.check(pool), state.id)

    def _judge_task_sites(self, now_ns: int) -> None:
        if not all(state.can_be_asked for state in self.session.loops.running.values()):
            # The end of a task of such a loop is only seen when the task is freed.
            self._sites = {}
            return
        followed = self._sites
        current: dict[int, _Growth] = {}
        for count in self.session.tasks.site_counts():
            if count.site is None or not count.alive or len(current) >= _MAX_SITES_FOLLOWED:
                continue
            ended = count.created - count.alive
            growth = _grown(followed.get(count.site), count.alive, ended, now_ns)
            current[count.site] = growth
            case = task_leak.Growth(growth.first, count.alive, 0, growth.looks, (now_ns - growth.since_ns) / 1e9)
            self._put(task_leak, count.site, count.site, task_leak.check(case), count.site)
        self._sites = current

    def _judge_queues(self, now_ns: int) -> None:
        followed = self._queues
        current: dict[int, _Growth] = {}
        for key, made in self.queues.alive():
            queue: Any = made.reference()
            try:
                items, limit, name = int(queue.qsize()), int(queue.maxsize), type(queue).__name__
            except Exception:
                continue
            finally:
                del queue
            growth = _grown(followed.get(key), items, 0, now_ns)
            current[key] = growth
            case = queue_growth.Growth(name, limit, growth.first, items, growth.looks, (now_ns - growth.since_ns) / 1e9)
            verdict = queue_growth.check(case)
            if verdict.warns:
                site = None
                if made.code is not None:
                    site = self.session.sites.of_instruction(made.code, made.instruction)
                self._put(queue_growth, site, site, verdict, key)
        self._queues = current

    def _judge_what_is_left(self) -> None:
        for loop_state in list(self.session.loops.states.values()):
            loop: Any = loop_state.reference()
            if loop is not None:
                case = left_open.AtExit("loop", loop_state.class_name, loop.is_closed(), loop.is_running())
                self._put(left_open, loop_state.id, None, left_open.check(case))
        for state in self._open_at_end:
            pool = left_open.AtExit("pool", state.type, False, False)
            self._put(left_open, ("pool", state.first_site), state.first_site, left_open.check(pool), state.id)
        kinds = self.session.sites.kinds
        for reference in list(self.session.tasks.by_address.values()):
            task: Any = reference()
            if task is None or not task.done() or task.cancelled() or not getattr(task, "_log_traceback", False):
                continue
            exception = getattr(task, "_exception", None)
            if exception is None:
                continue
            raised_at = where_raised(exception.__traceback__, kinds)
            failure = never_retrieved.Failure(task.get_name(), describe_exception(exception), raised_at, False, True)
            site = reference.site
            self._put(never_retrieved, (site, raised_at), site, never_retrieved.check(failure))

    def _place(self, site: int) -> str:
        record = self.session.sites.record(site)
        return f"{record['file']}:{record['line']}"


def _grown(before: Optional[_Growth], now: int, ended: int, now_ns: int) -> _Growth:
    """Growth continued, or begun anew when there is not more than at the last look or something ended."""
    if before is None or now <= before.last or ended != before.ended:
        return _Growth(now, now, ended, 0, now_ns)
    return _Growth(before.first, now, ended, before.looks + 1, before.since_ns)
