"""What is told of a task and of what it waits on, as parts that open like variables. The loop's thread only."""

from __future__ import annotations

import asyncio
from asyncio import locks
from types import MethodType
from typing import Any, Optional

from .. import awaiting
from . import tasks, values
from .values import Part

_MAX_TASKS = 10_000
_MAX_SHOWN = 100
_WAITER_QUEUES = ("_waiters", "_getters", "_putters")


class Words(str):
    """A fact in words: shown as it is, and not a value of the program."""

    __slots__ = ()


class Facts:
    """Several facts under one heading."""

    __slots__ = ("parts", "title")

    def __init__(self, title: str, parts: list[Part]) -> None:
        self.title = title
        self.parts = parts


def of_task(task: Any) -> Facts:
    """What there is to know of a task itself."""
    coroutine = task.get_coro()
    found = [
        ("name", Words(tasks.name_of(task))),
        ("state", Words(tasks.state_of(task))),
        ("coroutine", Words(getattr(coroutine, "__qualname__", type(coroutine).__name__))),
    ]
    parts = [Part(name, value, None) for name, value in found]
    waiting = tasks.waits_on(task)
    if waiting is not None:
        parts.append(Part("waits on", Words(waiting.label), None))
    parts += _outcome(task)
    parts.append(Part("awaited by", _task_list(tasks.awaiters_of(task)), None))
    return Facts(tasks.name_of(task), parts)


def of_future(future: Any) -> Facts:
    """What there is to know of a future that is no task."""
    parts = [Part("state", Words(future_state(future)), None), *_outcome(future)]
    parts.append(Part("awaited by", _task_list(tasks.awaiters_of(future)), None))
    return Facts(future_state(future), parts)


def future_state(future: Any) -> str:
    """What has become of a future."""
    if not future.done():
        return "pending"
    if future.cancelled():
        return "cancelled"
    return "done" if tasks.exception_of(future) is None else "failed"


def _outcome(future: Any) -> list[Part]:
    if not future.done() or future.cancelled():
        return []
    exception = tasks.exception_of(future)
    if exception is not None:
        return [Part("exception", exception, None)]
    return [Part("result", getattr(future, "_result", None), None)]


def of_wait(task: Any) -> Optional[Facts]:
    """What there is to know of what a task waits on; None when it waits on nothing."""
    waiting = tasks.waits_on(task)
    if waiting is None:
        return None
    parts = [Part("waits on", Words(waiting.label), None), Part("kind", Words(waiting.kind), None)]
    if waiting.until is not None:
        remaining = waiting.until - task.get_loop().time()
        text = f"{remaining:.3f} s" if remaining >= 0 else f"overdue by {-remaining:.3f} s"
        parts.append(Part("time left", Words(text), None))
    if waiting.tasks:
        parts.append(Part("tasks", _task_list(waiting.tasks), None))
    target = waiting.target
    if target is not None:
        if isinstance(target, (locks.Lock, locks.Semaphore, locks.Condition)):
            parts.append(Part("held by", _task_list(holders_of(target, task.get_loop())), None))
        parts.append(Part("waiters", _task_list(waiters_of(target)), None))
        parts.append(Part("object", target, None))
    future = getattr(task, "_fut_waiter", None)
    if future is not None and future is not target:
        parts.append(Part("future", future, None))
    return Facts(waiting.label, parts)


def _task_list(found: list[Any]) -> Any:
    if not found:
        return Words("none")
    return Facts(
        ", ".join(tasks.name_of(each) for each in found[:5]) + (", …" if len(found) > 5 else ""),
        [Part(tasks.name_of(each), each, None) for each in found[:_MAX_SHOWN]],
    )


def waiters_of(target: Any) -> list[Any]:
    """The tasks that wait on an awaited object."""
    if asyncio.isfuture(target):
        return tasks.awaiters_of(target)
    found: list[Any] = []
    for name in _WAITER_QUEUES:
        try:
            waiting = values.attribute(target, name)
        except AttributeError:
            continue
        for future in list(waiting or ())[:_MAX_TASKS]:
            if asyncio.isfuture(future):
                found += [each for each in tasks.awaiters_of(future) if each not in found]
    return found


def holders_of(lock: Any, loop: Any) -> list[Any]:
    """The tasks inside an `async with` of a lock.

    Their coroutines hold the lock's `__aexit__`, which nothing else does; so does a task that still waits to enter,
    which is told apart by being suspended in the lock's own code. A lock taken by a bare `acquire()` leaves no such
    mark.
    """
    leave = getattr(type(lock), "__aexit__", None)
    found: list[Any] = []
    for task in list(asyncio.all_tasks(loop))[:_MAX_TASKS]:
        enters = holds = False
        for suspended in tasks.suspended_in(task):
            referents = awaiting.referents_of(suspended)
            if any(each is lock for each in referents):
                code = awaiting.code_of(suspended)
                entering = code is not None and code.co_filename == locks.__file__ and code.co_name != "__aexit__"
                enters = enters or entering
                # From Python 3.14 on the function and the lock lie on the stack one beside the other.
                holds = holds or any(each is leave for each in referents)
            holds = holds or any(
                type(each) is MethodType and each.__self__ is lock and each.__func__ is leave for each in referents
            )
        if holds and not enters:
            found.append(task)
    return found
