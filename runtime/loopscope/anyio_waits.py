"""What a task waits on inside anyio's own coroutines, which put bare futures and events where asyncio has names.

They are recognised by their file and name and by the type of what they hold, so nothing of anyio is imported.
"""

from __future__ import annotations

import contextlib
import gc
import math
import sys
import threading
from types import CodeType, MethodType
from typing import Any, NamedTuple, Optional

_PACKAGE = "anyio"
_SCOPE = "CancelScope"
# The name of a coroutine's function, and for each type that may be its `self` the kind of wait and its label.
_KINDS: dict[str, dict[str, tuple[str, str]]] = {
    "acquire": {"Lock": ("lock", "Lock"), "Semaphore": ("semaphore", "Semaphore")},
    "acquire_on_behalf_of": {"CapacityLimiter": ("semaphore", "CapacityLimiter")},
    "receive": {"MemoryObjectReceiveStream": ("queue-get", "MemoryObjectReceiveStream.receive")},
    "send": {"MemoryObjectSendStream": ("queue-put", "MemoryObjectSendStream.send")},
    "wait": {"Condition": ("condition", "Condition")},
    "__aexit__": {"TaskGroup": ("gather", "TaskGroup")},
}
_IN_THREAD = "run_sync_in_worker_thread"


class AnyioWait(NamedTuple):
    """One wait inside anyio."""

    kind: str
    label: str
    target: Any
    tasks: list[Any]


def is_anyios(code: CodeType) -> bool:
    """Whether a coroutine is one of anyio's."""
    return _PACKAGE in code.co_filename and (code.co_name in _KINDS or code.co_name == _IN_THREAD)


def describe(code: CodeType, referents: list[Any], is_innermost: bool) -> Optional[AnyioWait]:
    """What a suspended coroutine of anyio's waits on; None when that is told by what it awaits in its turn."""
    if code.co_name == _IN_THREAD:
        return _job(code, referents) if is_innermost else None
    for each in referents:
        found = _KINDS[code.co_name].get(type(each).__name__)
        if found is None or not type(each).__module__.startswith(_PACKAGE):
            continue
        kind, label = found
        if kind == "lock":
            owner = getattr(each, "_owner_task", None)
            return AnyioWait(kind, label, each, [owner] if hasattr(owner, "get_coro") else [])
        if kind == "gather":
            children = [child for child in list(getattr(each, "_tasks", ())) if not child.done()]
            return AnyioWait(kind, f"{label}: {len(children)} still out", each, children)
        if label == "CapacityLimiter":
            label = f"{label}, {each.borrowed_tokens} of {each.total_tokens:g} borrowed"
        return AnyioWait(kind, label, each, [])
    return None


def _job(code: CodeType, referents: list[Any]) -> AnyioWait:
    worker = next((each for each in referents if isinstance(each, threading.Thread)), None)
    # A coroutine refers to its own function as well, and to its class.
    functions = (each for each in referents if callable(each) and not isinstance(each, type))
    function = next((each for each in functions if getattr(each, "__code__", None) is not code), None)
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return AnyioWait("job", f"job {name}" if worker is None else f"job {name} on {worker.name}", None, [])


def due_of_scope(referent: Any) -> Optional[float]:
    """When the cancel scope that a coroutine is inside of is due, in the loop's seconds; `referent` is any object that
    the coroutine refers to."""
    owner: Any = referent.__self__ if type(referent) is MethodType else referent
    if type(owner) is contextlib._GeneratorContextManager:
        owner = _scope_inside(owner.gen)
    if type(owner).__name__ != _SCOPE or not type(owner).__module__.startswith(_PACKAGE):
        return None
    deadline = owner.deadline
    return float(deadline) if getattr(owner, "_active", False) and math.isfinite(deadline) else None


def _scope_inside(generator: Any) -> Any:
    """The scope of `fail_after`, which is a generator around it."""
    if _PACKAGE not in generator.gi_code.co_filename:
        return None
    holder = generator if sys.version_info >= (3, 11) else generator.gi_frame
    return next((each for each in gc.get_referents(holder) if type(each).__name__ == _SCOPE), None)
