"""Tasks as the debugger sees them: which one a callback belongs to, where it is suspended, who awaits it."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
from types import BuiltinFunctionType, CodeType, CoroutineType, FunctionType, MethodType
from typing import Any, Optional

from .. import awaiting
from ..awaiting import chain_of, code_of

_MAX_HOPS = 8
_MAX_DEPTH = 200
_FRAME_NAMES = ("cr_frame", "gi_frame", "ag_frame")
_WAKE_UP_TYPES = ("TaskWakeupMethWrapper", "TaskStepMethWrapper")


def task_of(callback: Any) -> Any:
    """The task that a callback steps or wakes, None when it is no task's."""
    kind = type(callback)
    if kind not in (BuiltinFunctionType, MethodType) and kind.__name__ not in _WAKE_UP_TYPES:
        return None
    owner = getattr(callback, "__self__", None)
    return owner if is_task(owner) else None


def is_task(candidate: Any) -> bool:
    """Whether an object is a task, of asyncio's own class or another's."""
    kind = type(candidate)
    if issubclass(kind, asyncio.Task):
        return True
    return hasattr(kind, "_asyncio_future_blocking") and hasattr(kind, "get_coro")


def frame_of(suspended: Any) -> Any:
    """The frame of a coroutine or generator, None when it has ended or is none."""
    for name in _FRAME_NAMES:
        frame = getattr(suspended, name, None)
        if frame is not None:
            return frame
    return None


def suspended_in(task: Any) -> list[Any]:
    """The coroutines and generators that a task is suspended in, outermost first."""
    return [each for each, _ in chain_with_codes(task)]


def chain_with_codes(task: Any) -> list[tuple[Any, CodeType]]:
    """The same with their code objects. Runs at every step while there are breakpoints: the common kinds go first."""
    found: list[tuple[Any, CodeType]] = []
    current = task.get_coro()
    while current is not None and len(found) < _MAX_DEPTH:
        kind = type(current)
        if kind is CoroutineType:
            found.append((current, current.cr_code))
            current = current.cr_await
        elif kind.__name__ == "FutureIter":
            break
        else:
            # Generators, wrappers and coroutines of other compilers.
            for each in chain_of(current)[: _MAX_DEPTH - len(found)]:
                code = code_of(each)
                if code is not None:
                    found.append((each, code))
            break
    return found


def awaited_by(suspended: Any) -> Any:
    """What a coroutine or generator is suspended on."""
    chain = chain_of(suspended)
    return chain[1] if len(chain) > 1 else None


def has_not_started(task: Any) -> bool:
    """Whether the first step of a task has yet to run."""
    coroutine = task.get_coro()
    if not inspect.iscoroutine(coroutine):
        return False
    return inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED


def is_future(candidate: Any) -> bool:
    """Whether an object is a future, a task among them."""
    return hasattr(type(candidate), "_asyncio_future_blocking")


def exception_of(task: Any) -> Optional[BaseException]:
    """The exception that ended a task or future; it goes on counting as one whose exception nobody retrieved."""
    exception = getattr(task, "_exception", None)
    return exception if isinstance(exception, BaseException) else None


def name_of(task: Any) -> str:
    """The name of a task."""
    try:
        return str(task.get_name())
    except Exception:
        return type(task).__name__


def awaiters_of(future: Any, hops: int = 0) -> list[Any]:
    """The tasks that go on when a future is done: directly, or through `gather`, `wait`, `shield` or a `TaskGroup`."""
    found: list[Any] = []
    for entry in list(getattr(future, "_callbacks", None) or ()):
        callback = entry[0] if isinstance(entry, tuple) else entry
        for task in _woken_by(callback, hops):
            if task not in found:
                found.append(task)
    return found


def has_awaiter(future: Any) -> bool:
    """Whether anything of asyncio's looks at the outcome of a future; a user's own callback does not count."""
    for entry in list(getattr(future, "_callbacks", None) or ()):
        callback = entry[0] if isinstance(entry, tuple) else entry
        if isinstance(callback, functools.partial):
            callback = callback.func
        if task_of(callback) is not None or type(callback).__name__ in _WAKE_UP_TYPES:
            return True
        module = getattr(callback, "__module__", None) or ""
        if isinstance(module, str) and module.partition(".")[0] == "asyncio":
            return True
    return False


def _woken_by(callback: Any, hops: int) -> list[Any]:
    task = task_of(callback)
    if task is not None:
        return [task]
    if hops >= _MAX_HOPS:
        return []
    if type(callback).__name__ in _WAKE_UP_TYPES:
        return [each for each in gc.get_referents(callback) if is_task(each)]
    if isinstance(callback, functools.partial):
        futures = [each for each in callback.args if asyncio.isfuture(each)]
    elif isinstance(callback, FunctionType):
        futures = [each for each in _enclosed_by(callback) if asyncio.isfuture(each)]
    else:
        parent = getattr(getattr(callback, "__self__", None), "_parent_task", None)
        return [parent] if is_task(parent) else []
    found: list[Any] = []
    for future in futures:
        if not future.done():
            found += [each for each in awaiters_of(future, hops + 1) if each not in found]
    return found


def _enclosed_by(function: FunctionType) -> list[Any]:
    values: list[Any] = []
    # `gather` and `shield` hand on to `outer`, `wait` to `waiter`; `inner` and `children` would lead back.
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        if name in ("outer", "waiter"):
            try:
                values.append(cell.cell_contents)
            except ValueError:
                continue
    return values


def state_of(task: Any) -> str:
    """The `TaskState` of a task."""
    if task.done():
        if task.cancelled():
            return "cancelled"
        return "finished" if exception_of(task) is None else "failed"
    cancelling = getattr(task, "cancelling", None)
    if (cancelling is not None and cancelling() > 0) or getattr(task, "_must_cancel", False):
        return "cancelling"
    waiter = getattr(task, "_fut_waiter", None)
    if waiter is None or not waiter.done():
        return "ready" if waiter is None else "waiting"
    # Before Python 3.11 only the future it waited on tells that a task was asked to cancel.
    return "cancelling" if waiter.cancelled() else "ready"


def waits_on(task: Any) -> Optional[awaiting.Waiting]:
    """What a task waits on, None when it can run or has ended."""
    waiter = getattr(task, "_fut_waiter", None)
    if waiter is None or waiter.done() or task.done():
        return None
    try:
        return awaiting.describe(task, waiter)
    except Exception:
        # A local variable that the description came across raises even when it is only asked for its class.
        return awaiting.Waiting("unknown", type(waiter).__name__, waiter, None, [], None)
