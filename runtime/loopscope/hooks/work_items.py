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
from types import CodeType, FrameType, ModuleType
from typing import Any, Optional

from ..clock import monotonic_ns
from ..executors import ExecutorRegistry, Job
from ..sites import FileKinds
from . import restore


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

        def run(self: Any, *context: Any) -> None:
            try:
                job: Optional[Job] = jobs.get(id(self.future))
                if job is not None:
                    if self.future.cancelled():
                        job.drop()
                        job = None
                    else:
                        job.start(monotonic_ns(), threading.current_thread().name)
            except Exception:
                job = None
                on_error()
            original(self, *context)
            if job is not None:
                job.finish(monotonic_ns())

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

        def __init__(self: Any, future: Any, *rest: Any) -> None:
            original(self, future, *rest)
            try:
                submit = getframe(1)
                executor = submit.f_locals.get("self")
                code, instruction = _submitting_line(submit, kinds)
                job = registry.submitted(executor, future, _function_of(rest), code, instruction, processes)
                job.task_address = _current_task_address()
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


def _submitting_line(frame: Optional[FrameType], kinds: FileKinds) -> tuple[Optional[CodeType], int]:
    library: tuple[Optional[CodeType], int] = (None, 0)
    while frame is not None:
        code = frame.f_code
        if kinds[code.co_filename]:
            return code, frame.f_lasti
        module = frame.f_globals.get("__name__", "")
        if code.co_name == "_run_once" and module == "asyncio.base_events":
            break
        if library[0] is None and not module.startswith(("asyncio", "concurrent.futures")):
            library = code, frame.f_lasti
        frame = frame.f_back
    return library


def _current_task_address() -> int:
    if asyncio._get_running_loop() is None:
        return 0
    task = asyncio.current_task()
    return 0 if task is None else id(task)


def _function_of(rest: tuple[Any, ...]) -> Any:
    """The function of a work item: `(fn, args, kwargs)` up to Python 3.13, one tuple of them from 3.14 on."""
    function = rest[0] if rest else None
    if isinstance(function, tuple) and function:
        function = function[0]
    for _ in range(4):
        if not isinstance(function, functools.partial):
            break
        inner = function.func
        of_context = getattr(inner, "__name__", "") == "run" and isinstance(
            getattr(inner, "__self__", None), contextvars.Context
        )
        # asyncio.to_thread submits functools.partial(Context.run, function, ...).
        function = function.args[0] if of_context and function.args else inner
    return function
