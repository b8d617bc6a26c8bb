"""Counts the requests to cancel that a task group makes of its own task and, before Python 3.13, never takes back.

A group that waits in `__aexit__` for its children has looked by then whether there is a request of its own to take
back. When a child fails only now, the group cancels the task that it is in all the same, and that request stands for
good. `TaskGroup._abort` runs just before; as it raises nothing, no frame of ours gets into a traceback.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from ..tasks import TaskRegistry
from . import restore

_GROUP: Any = getattr(asyncio, "TaskGroup", None)


class TaskGroupHook:
    """Notes such requests in `TaskRegistry.left_standing`, in the threads of the loops."""

    def __init__(self, registry: TaskRegistry, on_error: Callable[[], None]) -> None:
        self._registry = registry
        self._on_error = on_error
        self._ours: Any = None
        self._original: Any = None

    def install(self) -> None:
        """Put the hook in, where groups leave requests standing."""
        if not (3, 11) <= sys.version_info < (3, 13):
            return
        original: Any = _GROUP._abort
        child_done = _GROUP._on_task_done.__code__
        left_standing = self._registry.left_standing
        on_error = self._on_error
        getframe = sys._getframe

        def _abort(self: Any) -> None:
            original(self)
            try:
                if self._exiting and getframe(1).f_code is child_done:
                    left_standing[self._parent_task] = left_standing.get(self._parent_task, 0) + 1
            except Exception:
                on_error()

        self._original = original
        self._ours = _GROUP._abort = _abort

    def remove(self) -> None:
        """Take the hook out."""
        if self._ours is not None:
            restore(_GROUP, "_abort", self._ours, self._original)
        self._ours = None
