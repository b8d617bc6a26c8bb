"""Executors and their jobs.

Whoever submits a job, or works one off, only notes when it did so; the watchdog works those notes off and counts. There
may be very many: so they are counted all at once, in C.
"""

from __future__ import annotations

import weakref
from collections import Counter, deque
from collections.abc import Callable
from itertools import accumulate, chain, repeat
from operator import attrgetter, itemgetter, sub
from types import CodeType
from typing import Any, Optional

from .clock import Clock, monotonic_ns
from .jobs import Job
from .sites import SiteTable
from .spread import Spread

MAX_JOBS_SHOWN = 100
MAX_SITES_SHOWN = 20
MAX_ENDED_SHOWN = 20
MAX_POOLS_COMPARED = 50
_MAX_SITES_COUNTED = 1000
# A program that makes a pool for every call makes any number of them: the oldest that are gone are forgotten.
MAX_POOLS_KEPT = 1000
# A backlog longer than this is counted, but its jobs are no longer told apart.
MAX_JOBS_KEPT = 20_000
# The watchdog works the notes off several times a second; there are so many only if that does not run at all.
_MAX_NOTES = 100_000

_code: Callable[[Job], Optional[CodeType]] = attrgetter("code")
_instruction: Callable[[Job], int] = attrgetter("instruction")
_submitted_ns: Callable[[Job], int] = attrgetter("submitted_ns")
_started_ns: Callable[[Job], int] = attrgetter("started_ns")
_ended_ns: Callable[[Job], int] = attrgetter("ended_ns")
_failure: Callable[[Job], Optional[str]] = attrgetter("failure")
_is_untracked: Callable[[Job], bool] = attrgetter("is_untracked")


class ExecutorState:
    """One pool."""

    def __init__(self, identifier: int, executor: Any, jobs: dict[int, Job], processes: bool) -> None:
        self.id = identifier
        # Notes of jobs, by what became of them; the threads of the program append to them.
        self.given: list[Job] = []
        self.taken: list[Job] = []
        self.ended: list[Job] = []
        self.reference = weakref.ref(executor)
        self.address = id(executor)
        self.type = type(executor).__name__
        self.name = str(getattr(executor, "_thread_name_prefix", "") or "")
        self.processes = processes
        self.jobs = jobs
        self.max_workers = int(getattr(executor, "_max_workers", 0) or 0)
        self.workers = 0
        self.busy = 0
        self.queued = 0
        self.submitted = 0
        self.completed = 0
        self.failures = 0
        self.cancelled = 0
        # Those that ended last, oldest first.
        self.latest: deque[Job] = deque(maxlen=MAX_ENDED_SHOWN)
        self.max_queued = 0
        self.queue_wait = Spread()
        self.run = Spread()
        self.sites: dict[int, int] = {}
        # Submitted, and neither done nor cancelled, by what has been counted.
        self._unfinished = 0
        self.has_untracked = False
        # The line that gave it its first job.
        self.first_site: Optional[int] = None
        # How many of those that had their first job on the same line were gone by then.
        self.gone_before = 0
        # Since when every look found all workers busy and jobs waiting; 0 when the last one did not.
        self.saturated_since_ns = 0
        self.shut_down = False
        # Freed, with everything summed up that was measured of it, and told of since: nothing of it changes any more.
        self.is_settled = False
        self.default_of: Optional[int] = None

    @property
    def has_notes(self) -> bool:
        """Whether anything was noted of its jobs that is not counted yet."""
        return bool(self.given or self.taken or self.ended)

    def work_off(self, sites: SiteTable, untrack: Callable[[list[Job]], None]) -> None:
        """Count what was noted of jobs. `untrack` is given those that were submitted, and marks what is not to be heard
        of again."""
        # Whatever has ended was taken, and whatever was taken was given: in this order none is seen without that.
        ended = _take_all(self.ended)
        taken = _take_all(self.taken)
        given = _take_all(self.given)
        if given:
            self.submitted += len(given)
            self._count_sites(given, sites)
            untrack(given)
        if self.has_untracked or any(map(_is_untracked, given)):
            self.has_untracked = True
            given, taken, ended = ([job for job in jobs if not job.is_untracked] for jobs in (given, taken, ended))
        if not self.processes and self._unfinished + len(given) > self.max_workers:
            # Workers that are free take jobs at once.
            changes = chain(zip(map(_submitted_ns, given), repeat(1)), zip(map(_ended_ns, ended), repeat(-1)))
            unfinished = accumulate(map(itemgetter(1), sorted(changes)))
            self.max_queued = max(self.max_queued, self._unfinished + max(unfinished, default=0) - self.max_workers)
        self._unfinished += len(given) - len(ended)
        done = list(filter(_started_ns, ended))
        self.busy += len(taken) - len(done)
        self.completed += len(done)
        self.cancelled += len(ended) - len(done)
        self.failures += len(list(filter(_failure, done)))
        self.latest.extend(ended[-MAX_ENDED_SHOWN:])
        self.queue_wait.add_all(map(sub, map(_started_ns, taken), map(_submitted_ns, taken)))
        self.run.add_all(map(sub, map(_ended_ns, done), map(_started_ns, done)))

    def _count_sites(self, given: list[Job], sites: SiteTable) -> None:
        keys = list(zip(map(id, map(_code, given)), map(_instruction, given)))
        examples = dict(zip(keys, given))
        for key, count in Counter(keys).items():
            job = examples[key]
            site = None if job.code is None else sites.of_instruction(job.code, job.instruction)
            if site is not None and (site in self.sites or len(self.sites) < _MAX_SITES_COUNTED):
                self.sites[site] = self.sites.get(site, 0) + count

    def poll(self) -> None:
        """Look at the pool's size and backlog."""
        executor = self.reference()
        if executor is None:
            self.shut_down = True
            self.queued = self.workers = self.saturated_since_ns = 0
            return
        self._look_at(executor)

    def _look_at(self, executor: Any) -> None:
        if self.processes:
            self.workers = len(getattr(executor, "_processes", None) or ())
            self.queued = sum(1 for job in list(self.jobs.values()) if job.executor is self and not job.started_ns)
            self.shut_down = bool(getattr(executor, "_shutdown_thread", False))
        else:
            self.workers = len(executor._threads)
            # The sentinels that end a pool's workers are not jobs.
            self.queued = 0 if executor._shutdown and self._unfinished <= self.busy else executor._work_queue.qsize()
            self.shut_down = bool(executor._shutdown)
        self.max_queued = max(self.max_queued, self.queued)
        if not self.queued or self.busy < self.max_workers:
            self.saturated_since_ns = 0
        elif not self.saturated_since_ns:
            self.saturated_since_ns = monotonic_ns()

    def is_gone(self) -> bool:
        """Whether the pool takes no more jobs, or has been freed. Any thread."""
        executor = self.reference()
        flag = "_shutdown_thread" if self.processes else "_shutdown"
        return executor is None or bool(getattr(executor, flag, False))


class ExecutorRegistry:
    """All executors that were given a job since the runtime came in.

    `submitted` runs in whatever thread submits; the rest in the watchdog.
    """

    def __init__(self, sites: SiteTable, clock: Clock) -> None:
        self.jobs: dict[int, Job] = {}
        self.states: dict[int, ExecutorState] = {}
        # Whether there has ever been a pool whose jobs say only to those who look that they run.
        self.has_processes = False
        self.untracked = 0
        # Pools that were forgotten, and with them what is known of their jobs.
        self.forgotten = 0
        self.newly_forgotten: list[int] = []
        self._by_address: dict[int, ExecutorState] = {}
        self._sites = sites
        self._clock = clock
        self._last_executor = 0
        self._last_job = 0

    def submitted(
        self,
        executor: Any,
        future: Any,
        function: str,
        code: Optional[CodeType],
        instruction: int,
        task_address: int,
        processes: bool,
    ) -> Job:
        """Note a job that is being submitted."""
        state = self._by_address.get(id(executor))
        if state is None or state.reference() is not executor:
            state = self._begin(executor, processes, code, instruction)
        address = id(future)
        job = Job(state, address, function, code, instruction, task_address)
        if processes:
            job.future = weakref.ref(future)
        if len(state.given) < _MAX_NOTES:
            self.jobs[address] = job
            state.given.append(job)
        else:
            state.submitted += 1
            self.untracked += 1
        return job

    def _gone(self, site: Optional[int]) -> int:
        """How many of the latest pools that had their first job on a line are gone."""
        latest = list(self.states.values())[-MAX_POOLS_COMPARED:]
        return sum(1 for state in latest if state.first_site == site and state.is_gone())

    def _begin(self, executor: Any, processes: bool, code: Optional[CodeType], instruction: int) -> ExecutorState:
        if len(self.states) >= MAX_POOLS_KEPT:
            self._forget_one()
        self._last_executor += 1
        self.has_processes = self.has_processes or processes
        state = ExecutorState(self._last_executor, executor, self.jobs, processes)
        state.first_site = None if code is None else self._sites.of_instruction(code, instruction)
        state.gone_before = self._gone(state.first_site)
        self._by_address[id(executor)] = state
        self.states[state.id] = state
        return state

    def _forget_one(self) -> None:
        states = list(self.states.values())
        state = next((each for each in states if each.is_gone() and not each.busy), states[0])
        if self.states.pop(state.id, None) is not None:
            self.forgotten += 1
            self.newly_forgotten.append(state.id)
        if self._by_address.get(state.address) is state:
            del self._by_address[state.address]

    def poll(self) -> None:
        """Look at the jobs of process pools, whose start only their future tells, count what was noted, and look at
        every pool."""
        if self.has_processes:
            self._look_for_starts()
        for state in list(self.states.values()):
            if not state.is_settled:
                state.work_off(self._sites, self._untrack)
                state.poll()

    def _look_for_starts(self) -> None:
        now = monotonic_ns()
        for job in list(self.jobs.values()):
            if job.future is not None and not job.started_ns:
                future = job.future()
                if future is not None and future.running():
                    job.start(now, 0)

    def _untrack(self, given: list[Job]) -> None:
        """Let go of the jobs that are too many."""
        for job in given if len(self.jobs) > MAX_JOBS_KEPT else ():
            if self.jobs.pop(job.address, None) is not None:
                job.is_untracked = True
                self.untracked += 1
                if len(self.jobs) <= MAX_JOBS_KEPT:
                    return

    def id_of(self, job: Job) -> int:
        """The number by which a job is told of."""
        if not job.id:
            self._last_job += 1
            job.id = self._last_job
        return job.id

    def records(
        self, default_of: Callable[[Any], Optional[int]], task_id: Callable[[int], Optional[int]]
    ) -> list[dict[str, Any]]:
        """The `Executor` records that may have changed since the last call."""
        by_state: dict[int, list[Job]] = {}
        for job in list(self.jobs.values()):
            shown = by_state.setdefault(job.executor.id, [])
            if len(shown) < 4 * MAX_JOBS_SHOWN:
                shown.append(job)
        records: list[dict[str, Any]] = []
        for state in list(self.states.values()):
            if state.is_settled:
                continue
            freed = state.reference() is None and not state.has_notes and not state.busy
            records.append(self._record(state, by_state.get(state.id, []), default_of, task_id))
            state.is_settled = freed and state.shut_down
        return records

    def _record(
        self,
        state: ExecutorState,
        jobs: list[Job],
        default_of: Callable[[Any], Optional[int]],
        task_id: Callable[[int], Optional[int]],
    ) -> dict[str, Any]:
        executor = state.reference()
        if executor is not None:
            found = default_of(executor)
            if found is not None:
                state.default_of = found
        jobs.sort(key=lambda job: (not job.started_ns, job.submitted_ns))
        sites = sorted(state.sites.items(), key=lambda item: -item[1])[:MAX_SITES_SHOWN]
        return {
            "id": state.id,
            "type": state.type,
            "name": state.name,
            "default_of": state.default_of,
            "max_workers": state.max_workers,
            "workers": state.workers,
            "busy": min(state.busy, state.workers) if state.processes else state.busy,
            "queued": state.queued,
            "submitted": state.submitted,
            "completed": state.completed,
            "failed": state.failures,
            "cancelled": state.cancelled,
            "max_queued": state.max_queued,
            "queue_wait_ms": state.queue_wait.record(),
            "run_ms": state.run.record(),
            "sites": [{"site": site, "submitted": count} for site, count in sites],
            "jobs": [self._job_record(job, task_id) for job in jobs[:MAX_JOBS_SHOWN]],
            "ended": [self._ended_record(job) for job in state.latest],
            "shut_down": state.shut_down,
        }

    def _ended_record(self, job: Job) -> dict[str, Any]:
        return {
            "id": self.id_of(job),
            "function": job.function,
            "site": self._site(job),
            "outcome": job.outcome,
            "exception": job.failure,
            "started_ns": self._clock.from_monotonic_ns(job.started_ns) if job.started_ns else None,
            "ended_ns": self._clock.from_monotonic_ns(job.ended_ns),
        }

    def _site(self, job: Job) -> Optional[int]:
        return None if job.code is None else self._sites.of_instruction(job.code, job.instruction)

    def _job_record(self, job: Job, task_id: Callable[[int], Optional[int]]) -> dict[str, Any]:
        started = job.started_ns
        return {
            "id": self.id_of(job),
            "function": job.function,
            "site": self._site(job),
            "task": task_id(job.task_address),
            "state": "running" if started else "queued",
            "submitted_ns": self._clock.from_monotonic_ns(job.submitted_ns),
            "started_ns": self._clock.from_monotonic_ns(started) if started else None,
            "worker": job.worker,
        }


def _take_all(notes: list[Job]) -> list[Job]:
    taken = notes[:]
    del notes[: len(taken)]
    return taken
