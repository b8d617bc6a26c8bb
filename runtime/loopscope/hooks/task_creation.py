"""Sees every task when it is made, with the line that made it and the task that was running.

Up to Python 3.13 each scheduled task is added to a registry, a `WeakSet` of `asyncio.tasks`; an `add` put on that one
object sees `asyncio.Task(...)` and foreign loops too and never stands in a traceback. From 3.14 on tasks written in C
are kept in a list of the interpreter's own instead, so `create_task` of asyncio's and uvloop's loops is wrapped; what
bypasses it is found by `all_tasks()` at the next snapshot. What else becomes of tasks by asyncio's own doing is seen by
more hooks, which come and go with this one.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from asyncio import base_events, tasks
from collections.abc import Callable
from types import FrameType
from typing import Any, Optional

from ..clock import monotonic_ns
from ..sight import RUN_ONCE
from ..sites import FileKinds
from ..tasks import ADOPTED, LOGGED, TaskReference, TaskRegistry
from . import Hook, restore
from .eager_tasks import EagerTaskHook
from .makers import hide_from_source_traceback, library_caller
from .task_groups import TaskGroupHook
from .uvloop_classes import UvloopClassHook

_CREATE_TASK = asyncio.create_task.__code__


def _adder(registry: Any, note_end: Callable[[Any], None]) -> Callable[[Any], Any]:
    """A function that adds a task to asyncio's registry, and gives a weak reference to it that calls `note_end`.

    A `WeakSet` holds weak references that take themselves out of it. One more for the same task would cost as much as
    all the rest of the hook, so ours are made to do both.
    """
    reference = TaskReference
    if type(registry) is not weakref.WeakSet or not hasattr(registry, "_pending_removals"):
        original = registry.add

        def add_beside(task: Any) -> Any:
            original(task)
            return reference(task, note_end)

        return add_beside
    members: Any = registry
    take_out = members._remove
    put_in = members.data.add

    def end(weak: Any) -> None:
        take_out(weak)
        note_end(weak)

    def add(task: Any) -> Any:
        if members._pending_removals:
            members._commit_removals()
        weak = reference(task, end)
        put_in(weak)
        return weak

    return add


class TaskCreationHook:
    """Logs each task made. Adds a good half of a microsecond to the making of a task."""

    def __init__(self, registry: TaskRegistry, kinds: FileKinds, on_error: Callable[[], None]) -> None:
        self._registry = registry
        self._kinds = kinds
        self._on_error = on_error
        self._set: Any = None
        self._add: Any = None
        # Classes whose `create_task` is ours, with ours and what they had of their own.
        self._wrapped: list[tuple[Any, Any, Any]] = []
        self._others: tuple[Hook, ...] = (
            TaskGroupHook(registry, on_error),
            EagerTaskHook(registry, kinds, on_error),
            UvloopClassHook(self._wrap_create_task, on_error),
        )

    def install(self) -> None:
        """Put the hook in; may run in any thread, also while loops run."""
        for other in self._others:
            other.install()
        if sys.version_info >= (3, 14):
            self._wrap_create_task(base_events.BaseEventLoop)
        else:
            self._wrap_registry()

    def remove(self) -> None:
        """Take the hook out."""
        for other in self._others:
            other.remove()
        if self._set is not None and vars(self._set).get("add") is self._add:
            del self._set.add
        for owner, ours, own in self._wrapped:
            if own is not None:
                restore(owner, "create_task", ours, own)
            elif vars(owner).get("create_task") is ours:
                del owner.create_task
        self._wrapped = []
        self._set = self._add = None

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Log a task that was made unseen. Call it in the thread of the task's loop."""
        log = self._registry.log
        weak: Any = TaskReference(task, log.append)
        weak.count = None
        weak.id = ADOPTED
        weak.created_ns = monotonic_ns()
        weak.parent = 0
        weak.address = id(task)
        weak.state = LOGGED
        log.append(weak)

    def _wrap_registry(self) -> None:
        registry: Any = getattr(tasks, "_scheduled_tasks", None)
        if registry is None:
            registry = tasks._all_tasks  # type: ignore[attr-defined]
        append = self._registry.log.append
        kinds = self._kinds
        on_error = self._on_error
        getframe = sys._getframe
        current_task: Any = tasks._current_tasks.get  # type: ignore[attr-defined]
        now = monotonic_ns
        add_to_registry = _adder(registry, append)
        # Many tasks in a row are made by one: the log need not keep a number for each of them.
        maker = 0

        def add(task: Any) -> None:
            nonlocal maker
            weak = add_to_registry(task)
            try:
                # Nearly always asyncio.create_task was called, which calls the loop's. Every frame that is looked at is
                # an object that has to be made for it.
                frame: Optional[FrameType]
                try:
                    frame = getframe(2)
                    frame = frame.f_back if frame.f_code is _CREATE_TASK else getframe(1)
                except ValueError:
                    frame = getframe(1)
                code = frame.f_code  # type: ignore[union-attr]
                while not kinds[code.co_filename]:
                    frame = frame.f_back  # type: ignore[union-attr]
                    if frame is None or code is RUN_ONCE:
                        code, instruction = library_caller(getframe(1))
                        break
                    code = frame.f_code
                else:
                    instruction = frame.f_lasti  # type: ignore[union-attr]
                weak.count = code
                weak.id = instruction
                weak.created_ns = now()
                running = id(current_task(task._loop))
                before = maker
                if running == before:
                    weak.parent = before
                else:
                    weak.parent = maker = running
                weak.address = id(task)
                weak.state = LOGGED
                append(weak)
            except Exception:
                on_error()

        self._set = registry
        self._add = add
        registry.add = add

    def _wrap_create_task(self, owner: Any) -> None:
        original: Any = owner.create_task
        # Only asyncio's own loops tell for next to nothing whether they do.
        may_debug = owner is not base_events.BaseEventLoop
        getframe = sys._getframe
        append = self._registry.log.append
        kinds = self._kinds
        on_error = self._on_error
        current_task: Any = asyncio.current_task
        reference = TaskReference
        now = monotonic_ns
        # Many tasks in a row are made by one: the log need not keep a number for each of them.
        maker = 0

        def create_task(self: Any, coro: Any, **kwargs: Any) -> Any:
            nonlocal maker
            task = original(self, coro, **kwargs)
            try:
                frame: Optional[FrameType] = getframe(1)
                code = frame.f_code  # type: ignore[union-attr]
                while not kinds[code.co_filename]:
                    frame = frame.f_back  # type: ignore[union-attr]
                    if frame is None or code is RUN_ONCE:
                        code, instruction = library_caller(getframe(1))
                        break
                    code = frame.f_code
                else:
                    instruction = frame.f_lasti  # type: ignore[union-attr]
                weak: Any = reference(task, append)
                weak.count = code
                weak.id = instruction
                weak.created_ns = now()
                running = id(current_task(self))
                before = maker
                if running == before:
                    weak.parent = before
                else:
                    weak.parent = maker = running
                weak.address = id(task)
                weak.state = LOGGED
                append(weak)
                if may_debug or self._debug:
                    hide_from_source_traceback(task)
            except Exception:
                on_error()
            return task

        create_task.__doc__ = original.__doc__
        create_task.__qualname__ = original.__qualname__
        create_task.__module__ = owner.__module__
        self._wrapped.append((owner, create_task, vars(owner).get("create_task")))
        owner.create_task = create_task
