"""Which tasks asyncio knows of, for those that were made without our seeing it."""

from __future__ import annotations

import asyncio
import sys
import weakref
from asyncio import tasks
from collections.abc import Container
from typing import Any


def registered_tasks(loop: Any, known: Container[int]) -> list[weakref.ref[Any]]:
    """The tasks of the loop, and up to Python 3.13 also others, perhaps without those at addresses that are known.

    Up to 3.13 asyncio's registry is copied as it is: to ask it for the tasks of a loop takes a tenth of a second when
    there are 100,000, in which the loop would stand still. Call it in the loop's thread.
    """
    if sys.version_info >= (3, 14):
        return [weakref.ref(task) for task in asyncio.all_tasks(loop) if id(task) not in known]
    registry: Any = getattr(tasks, "_scheduled_tasks", None)
    if registry is None:
        registry = tasks._all_tasks  # type: ignore[attr-defined]
    eager: Any = getattr(tasks, "_eager_tasks", ())
    return list(registry.data) + [weakref.ref(task) for task in list(eager)]
