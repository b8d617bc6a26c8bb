"""Finds what keeps a program that wants to end from ending.

That is, once the main thread has come to its end, threads and child processes that are no daemons, and the jobs that
executors join; and while `asyncio.run` tidies up, the tasks that it has cancelled and the jobs of the loop's default
executor.
"""

from __future__ import annotations

import sys
import threading
from asyncio import runners
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Optional

from .. import awaiting
from ..frames import current_frames
from ..jobs import Job
from ..sites import line_of_instruction
from . import still_running, suspended
from .ledger import Ledger

if TYPE_CHECKING:
    from ..session import Session

_CANCEL_ALL: CodeType = runners._cancel_all_tasks.__code__  # type: ignore[attr-defined]
_MAX_TASKS = 20
# The threads by which executors look after their workers: what they wait for are jobs.
_OF_EXECUTORS = ("concurrent.futures.thread", "concurrent.futures.process")

Key = tuple[str, int]
Place = Optional[tuple[CodeType, int]]


class RemainingThings:
    """What was seen to remain, and since when. Belongs to the watchdog; `main_thread_ended` to the main thread."""

    def __init__(self, session: Session, ledger: Ledger) -> None:
        self._session = session
        self._ledger = ledger
        self._main_has_ended = False
        # Since when, in monotonic nanoseconds.
        self._since: dict[Key, int] = {}

    def main_thread_ended(self) -> None:
        """From now on everything that runs is something that remains."""
        self._main_has_ended = True

    def look(self, now_ns: int) -> None:
        """Look at what remains."""
        frames = current_frames()
        try:
            seen: dict[Key, int] = {}
            for key, what, name, place, queued in self._things(frames):
                seen[key] = self._since.get(key, now_ns)
                waited = (now_ns - seen[key]) / 1e9
                verdict = still_running.check(still_running.Remaining(what, name, False, waited, queued))
                if verdict.warns:
                    site = None if place is None else self._session.sites.of_line(*place)
                    number = self._session.task_id(key[1]) if what == "task" else None
                    whole = (what, site, None if site else name)
                    tasks = () if number is None else (number,)
                    self._ledger.put(still_running, whole, site, verdict.evidence, key, tasks=tasks)
            self._since = seen
        finally:
            del frames

    def _things(self, frames: dict[int, FrameType]) -> Iterator[tuple[Key, str, str, Place, Optional[int]]]:
        registry = self._session.executors
        pools: set[int] = set()
        for state in list(self._session.loops.running.values()):
            loop: Any = state.reference()
            for task in _cancelled_by_the_runner(frames.get(state.thread)):
                place = suspended.users_line(awaiting.chain_of(task.get_coro()), self._session.sites.kinds)
                yield ("task", id(task)), "task", str(task.get_name()), place, None
            if getattr(loop, "_executor_shutdown_called", False):
                pools.update(pool.id for pool in registry.states.values() if pool.reference() is loop._default_executor)
        if self._main_has_ended:
            pools.update(registry.states)
            yield from self._threads(frames)
            yield from _processes()
        jobs = [job for job in list(registry.jobs.values()) if job.executor.id in pools]
        for job in jobs:
            if job.started_ns:
                queued = sum(1 for each in jobs if each.executor is job.executor and not each.started_ns)
                yield ("job", registry.id_of(job)), "job", job.function, _submitted_at(job), queued

    def _threads(self, frames: dict[int, FrameType]) -> Iterator[tuple[Key, str, str, Place, Optional[int]]]:
        known: dict[int, threading.Thread] = threading._active  # type: ignore[attr-defined]
        for identifier, thread in list(known.items()):
            if thread.daemon or thread is threading.main_thread() or not thread.is_alive():
                continue
            if _is_of_executors(thread):
                continue
            yield ("thread", identifier), "thread", thread.name, self._users_line(frames.get(identifier)), None

    def _users_line(self, frame: Optional[FrameType]) -> Place:
        while frame is not None:
            code = frame.f_code
            if self._session.sites.kinds[code.co_filename]:
                return code, line_of_instruction(code, frame.f_lasti)
            frame = frame.f_back
        return None


def _cancelled_by_the_runner(frame: Optional[FrameType]) -> list[Any]:
    """The tasks that `asyncio.run` has cancelled at its end and that have not ended."""
    while frame is not None:
        if frame.f_code is _CANCEL_ALL:
            return [task for task in list(frame.f_locals.get("to_cancel", ())) if not task.done()][:_MAX_TASKS]
        frame = frame.f_back
    return []


def _is_of_executors(thread: threading.Thread) -> bool:
    """Whether a thread is an executor's own: a worker, or the one that looks after worker processes."""
    if type(thread).__module__ in _OF_EXECUTORS:
        return True
    workers = sys.modules.get("concurrent.futures.thread")
    return thread in getattr(workers, "_threads_queues", ())


def _processes() -> Iterator[tuple[Key, str, str, Place, Optional[int]]]:
    """Child processes of `multiprocessing` that the end of the program joins."""
    module = sys.modules.get("multiprocessing.process")
    for process in list(getattr(module, "_children", ())):
        if not process.daemon and process.pid is not None and process._popen.returncode is None:
            yield ("process", process.pid), "process", f"{process.name} (pid {process.pid})", None, None


def _submitted_at(job: Job) -> Place:
    return None if job.code is None else (job.code, line_of_instruction(job.code, job.instruction))
