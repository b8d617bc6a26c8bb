"""Sees eager tasks that end in their first step, which on Python 3.12 and 3.13 get into no registry.

An eager task factory keeps what makes its tasks in a cell. That is where a constructor is put that looks at each task
it has made: so the factory, and its code, by which others know it, stay what they are. Works on every kind of loop.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from asyncio import tasks
from collections.abc import Callable
from typing import Any

from ..clock import monotonic_ns
from ..sites import FileKinds
from ..tasks import LOGGED, TaskReference, TaskRegistry
from . import restore
from .makers import hide_from_source_traceback, maker_of

# What they have came with Python 3.12.
_PACKAGE: Any = asyncio
_MODULE: Any = tasks


class EagerTaskHook:
    """Logs such tasks. Sees those of `asyncio.eager_task_factory`, and of factories that
    `asyncio.create_eager_task_factory` makes while the hook is in."""

    def __init__(self, registry: TaskRegistry, kinds: FileKinds, on_error: Callable[[], None]) -> None:
        self._registry = registry
        self._kinds = kinds
        self._on_error = on_error
        self._ours: Any = None
        self._original: Any = None
        # By factory: the constructor that it had and ours.
        self._entered: weakref.WeakKeyDictionary[Any, tuple[Any, Any]] = weakref.WeakKeyDictionary()

    def install(self) -> None:
        """Put the hook in, where there are eager tasks and none of the other hooks sees them."""
        if not (3, 12) <= sys.version_info < (3, 14):
            return
        original: Any = _PACKAGE.create_eager_task_factory
        enter = self._enter

        def create_eager_task_factory(custom_task_constructor: Any) -> Any:
            factory = original(custom_task_constructor)
            enter(factory)
            return factory

        create_eager_task_factory.__doc__ = original.__doc__
        self._original = original
        self._ours = create_eager_task_factory
        for module in (_PACKAGE, _MODULE):
            module.create_eager_task_factory = create_eager_task_factory
        enter(_PACKAGE.eager_task_factory)

    def remove(self) -> None:
        """Take the hook out."""
        if self._ours is None:
            return
        for module in (_PACKAGE, _MODULE):
            restore(module, "create_eager_task_factory", self._ours, self._original)
        for factory, (original, ours) in list(self._entered.items()):
            cell = factory.__closure__[0]
            if cell.cell_contents is ours:
                cell.cell_contents = original
        self._entered.clear()
        self._ours = None

    def _enter(self, factory: Any) -> None:
        try:
            (cell,) = factory.__closure__
            original = cell.cell_contents
            ours = cell.cell_contents = self._seeing(original)
            self._entered[factory] = original, ours
        except Exception:
            self._on_error()

    def _seeing(self, constructor: Any) -> Any:
        append = self._registry.log.append
        kinds = self._kinds
        on_error = self._on_error
        getframe = sys._getframe
        current_task: Any = asyncio.current_task
        now = monotonic_ns
        reference = TaskReference

        def construct(*arguments: Any, **options: Any) -> Any:
            task = constructor(*arguments, **options)
            try:
                if task.done():
                    code, instruction = maker_of(getframe(1), kinds)
                    weak: Any = reference(task, append)
                    weak.count = code
                    weak.id = instruction
                    weak.created_ns = now()
                    weak.parent = id(current_task())
                    weak.address = id(task)
                    weak.state = LOGGED
                    append(weak)
                if task._source_traceback:
                    hide_from_source_traceback(task)
            except Exception:
                on_error()
            return task

        return construct
