"""Sees the jobs of executors: when each was submitted, by which line and task, when a worker took it and was done.

`concurrent.futures` makes one `_WorkItem` for each job, inside `submit`. Its constructor and its `run` are wrapped, not
`submit` and not the job's function: so no frame of ours stands in the traceback of a refused submission or of a job
that raised, and what is sent to the children of a process pool is what it always was.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import sys
import threading
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any, Optional

from ..clock import monotonic_ns
from ..executors import ExecutorRegistry
from ..jobs import Job
from ..sites import FileKinds
from . import restore
from .makers import maker_of

_RUN_IN_EXECUTOR = asyncio.BaseEventLoop.run_in_executor.__code__
# `concurrent.futures` calls these states of a future cancelled.
_CANCELLED = frozenset(("CANCELLED", "CANCELLED_AND_NOTIFIED"))


class WorkItemHook:
    """Wraps `_WorkItem` of the thread pool, and of the process pool once the program has imported it."""

    def __init__(self, registry: ExecutorRegistry, kinds: FileKinds, on_error: Callable[[], None]) -> None:
        self._registry = registry
        self._kinds = kinds
        self._on_error = on_error
        self._wrapped: list[tuple[type, str, object, object]] = []

    def install(self) -> None:
        """Put the hook into the pools that are imported already."""
        import concurrent.futures.thread

        self.wrap_threads(concurrent.futures.thread)
        processes = sys.modules.get("concurrent.futures.process")
        if processes is not None:
            self.wrap_processes(processes)

    def remove(self) -> None:
        """Take the hook out. Jobs under way are forgotten."""
        for owner, name, ours, original in self._wrapped:
            restore(owner, name, ours, original)
        self._wrapped.clear()

    def wrap_threads(self, module: ModuleType) -> None:
        """Hook `concurrent.futures.thread`."""
        work_item: Any = module._WorkItem
        self._wrap_constructor(work_item, False)
        original: Any = work_item.run
        jobs = self._registry.jobs
        on_error = self._on_error
        now = monotonic_ns
        current_thread = threading.get_ident

        def run(self: Any, *context: Any) -> None:
            try:
                future = self.future
                job: Optional[Job] = jobs.get(id(future))
                if job is not None:
                    # Asked for by its method, it would take a lock.
                    if future._state in _CANCELLED:
                        job.finish(now())
                        job = None
                    else:
                        job.start(now(), current_thread())
            except Exception:
                job = None
                on_error()
            original(self, *context)
            if job is not None:
                job.finish(now(), future._exception)

        self._replace(work_item, "run", run, original)

    def wrap_processes(self, module: ModuleType) -> None:
        """Hook `concurrent.futures.process`."""
        self._wrap_constructor(module._WorkItem, True)

    def _wrap_constructor(self, work_item: Any, processes: bool) -> None:
        original: Any = work_item.__init__
        kinds = self._kinds
        registry = self._registry
        on_error = self._on_error
        getframe = sys._getframe
        running_loop = asyncio._get_running_loop
        current_task = asyncio.current_task

        def __init__(self: Any, future: Any, *rest: Any) -> None:
            original(self, future, *rest)
            try:
                submit = getframe(1)
                # Every frame that is looked at is an object that has to be made for it.
                frame = submit.f_back
                code: Optional[CodeType]
                if frame is not None and frame.f_code is _RUN_IN_EXECUTOR:
                    frame = frame.f_back
                if frame is not None and kinds[frame.f_code.co_filename]:
                    code, instruction = frame.f_code, frame.f_lasti
                else:
                    code, instruction = maker_of(submit, kinds)
                loop = running_loop()
                task = None if loop is None else current_task(loop)
                job = registry.submitted(
                    submit.f_locals["self"],
                    future,
                    _name_of(rest[0]),
                    code,
                    instruction,
                    0 if task is None else id(task),
                    processes,
                )
                if processes:
                    future.add_done_callback(job.process_done)
            except Exception:
                on_error()

        self._replace(work_item, "__init__", __init__, original)

    def _replace(self, owner: Any, name: str, ours: Any, original: Any) -> None:
        ours.__qualname__ = original.__qualname__
        ours.__module__ = original.__module__
        setattr(owner, name, ours)
        self._wrapped.append((owner, name, ours, original))


def _name_of(work: Any) -> str:
    """The name of a work item's function: that comes first up to Python 3.13, in a tuple with its arguments later."""
    function = work[0] if type(work) is tuple else work
    name = getattr(function, "__qualname__", None)
    while type(name) is not str:
        if not isinstance(function, functools.partial):
            return type(function).__qualname__
        inner = function.func
        of_context = getattr(inner, "__name__", "") == "run" and isinstance(
            getattr(inner, "__self__", None), contextvars.Context
        )
        # asyncio.to_thread submits functools.partial(Context.run, function, ...).
        function = function.args[0] if of_context and function.args else inner
        name = getattr(function, "__qualname__", None)
    return name
