"""Counts the finished tasks that futures keep in memory, because they remember them as tasks that await them."""

from __future__ import annotations

import asyncio
import weakref
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

from ..hooks.awaited_by import AwaitedByHook, SharedFuture
from ..tasks import TaskRegistry
from .await_pin import THRESHOLD_TASKS, Pinned

# To count is to copy: with more, a future is not looked at again.
_MOST_COUNTED = 10_000
# What is looked at to tell the line that made most of them.
_LOOKED_AT = 100


class Found(NamedTuple):
    """A future that keeps tasks."""

    key: int
    #: The line that made most of the tasks.
    site: Optional[int]
    subject: Pinned


class Pins:
    """Looks at the futures of one loop at a time, in its thread; what it finds is taken by the watchdog."""

    def __init__(self, hook: AwaitedByHook, tasks: TaskRegistry) -> None:
        self._hook = hook
        self._tasks = tasks
        self._found: deque[Found] = deque()

    def take(self) -> list[Found]:
        """What has been found since the last call. In the watchdog."""
        return [self._found.popleft() for _ in range(len(self._found))]

    def work(self, loop: weakref.ref[Any]) -> Iterator[None]:
        """Look at the futures of a loop, in its thread; yields where it may be interrupted, and holds none there."""
        for shared in self._hook.pending():
            if not shared.is_settled:
                self._look(shared, loop)
                yield

    def _look(self, shared: SharedFuture, loop: weakref.ref[Any]) -> None:
        future = shared.reference()
        if future is None or future.done() or future.get_loop() is not loop():
            return
        remembered = future._asyncio_awaited_by or ()
        shared.is_settled = len(remembered) >= _MOST_COUNTED
        finished = [task for task in remembered if task.done()]
        if len(finished) < THRESHOLD_TASKS:
            return
        known = (self._tasks.by_address.get(id(task)) for task in finished[:_LOOKED_AT])
        ((site, _),) = Counter(None if each is None else each.site for each in known).most_common(1)
        kept_by = f"the task {future.get_name()}" if isinstance(future, asyncio.Task) else f"a {type(future).__name__}"
        self._found.append(Found(id(shared), site, Pinned(kept_by, len(finished))))
