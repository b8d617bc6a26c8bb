"""What a suspended task waits on, down to the leaf.

Runs in the loop's own thread, where the coroutines it looks into stand still. It follows `cr_await` from the task's
coroutine inwards, recognises asyncio's own coroutines by their code, and finds the lock, queue or timer they hold among
what the coroutine refers to (`gc.get_referents`: of the coroutine since Python 3.11, of its frame before). No frame is
made for it and no `f_locals` is read.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import sys
from asyncio import base_events, futures, locks, queues, selector_events, streams, tasks
from collections.abc import Callable
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any, NamedTuple, Optional

from . import anyio_waits

_MAX_DEPTH = 200
_MAX_TASKS = 1000


class Waiting(NamedTuple):
    """What a task waits on; live objects are given by the caller's numbering functions only."""

    kind: str
    label: str
    target: Any
    """The awaited object, None when there is none to name. Never to be kept."""
    until: Optional[float]
    """When it is due, in the loop's own seconds."""
    tasks: list[Any]
    """Tasks that it waits for. Never to be kept."""
    source: Any
    """The `concurrent.futures.Future` behind it, None when it is no executor's job. Never to be kept."""


class _Known(NamedTuple):
    kind: str
    label: str
    target: Optional[type]


def _codes() -> dict[CodeType, _Known]:
    """asyncio's coroutines and what being suspended in them means; what a version lacks is left out."""
    known: dict[CodeType, _Known] = {}

    def add(owner: Any, names: str, kind: str, label: str, target: Optional[type] = None) -> None:
        for name in names.split():
            function: Any = getattr(owner, name, None)
            code = getattr(function, "__code__", None)
            if code is not None:
                known[code] = _Known(kind, label.replace("*", name), target)

    add(tasks, "sleep", "sleep", "sleep")
    add(tasks, "_wait", "gather", "wait")
    add(tasks, "wait_for", "timer", "wait_for")
    add(locks.Lock, "acquire", "lock", "Lock", locks.Lock)
    add(locks.Semaphore, "acquire", "semaphore", "Semaphore", locks.Semaphore)
    add(locks.Condition, "wait wait_for", "condition", "Condition", locks.Condition)
    add(locks.Event, "wait", "event", "Event", locks.Event)
    barrier: Any = getattr(locks, "Barrier", None)
    add(barrier, "wait", "barrier", "Barrier", barrier)
    add(queues.Queue, "get", "queue-get", "Queue.get", queues.Queue)
    add(queues.Queue, "put", "queue-put", "Queue.put", queues.Queue)
    add(queues.Queue, "join", "queue-put", "Queue.join", queues.Queue)
    add(
        streams.StreamReader,
        "read readline readexactly readuntil",
        "stream-read",
        "StreamReader.*",
        streams.StreamReader,
    )
    add(streams.StreamReader, "_wait_for_data", "stream-read", "StreamReader", streams.StreamReader)
    add(streams.StreamWriter, "drain wait_closed", "stream-drain", "StreamWriter.*", streams.StreamWriter)
    add(streams, "open_connection open_unix_connection", "connect", "*")
    add(base_events.BaseEventLoop, "create_connection", "connect", "*")
    add(base_events.BaseEventLoop, "getaddrinfo getnameinfo", "dns", "*")
    add(base_events.Server, "serve_forever wait_closed", "socket", "Server.*", base_events.Server)
    loop = selector_events.BaseSelectorEventLoop
    add(
        loop,
        "sock_recv sock_recv_into sock_recvfrom sock_recvfrom_into sock_sendall sock_sendto sock_accept",
        "socket",
        "*",
    )
    add(loop, "sock_connect", "connect", "*")
    process: Any = asyncio.subprocess.Process
    add(process, "wait communicate", "subprocess", "Process.*", process)
    group: Any = getattr(asyncio, "TaskGroup", None)
    add(group, "__aexit__ _aexit", "gather", "TaskGroup", group)
    return known


_KNOWN = _codes()
_TIMEOUT: Any = getattr(asyncio, "Timeout", None)
_GATHERING: Any = getattr(tasks, "_GatheringFuture", None)
_ANYIO = "anyio"
_REFERENTS_OF_FRAME = sys.version_info < (3, 11)


def chain_of(coroutine: Any) -> list[Any]:
    """The coroutines and generators suspended inside one another, outermost first, and last what they all wait on."""
    chain: list[Any] = []
    current = coroutine
    while current is not None and len(chain) < _MAX_DEPTH:
        chain.append(current)
        current = _awaited_by(current)
    return chain


def _awaited_by(awaiting: Any) -> Any:
    for name in ("cr_await", "gi_yieldfrom", "ag_await"):
        try:
            return getattr(awaiting, name)
        except AttributeError:
            continue
    if type(awaiting).__name__ in _WRAPPERS:
        for inner in gc.get_referents(awaiting):
            if hasattr(inner, "cr_await") or hasattr(inner, "ag_await"):
                return inner
    return None


_WRAPPERS = ("coroutine_wrapper", "async_generator_asend", "async_generator_athrow", "anext_awaitable")


def code_of(awaiting: Any) -> Optional[CodeType]:
    """The code of a coroutine, generator or asynchronous generator; None for anything else."""
    for name in ("cr_code", "gi_code", "ag_code"):
        code = getattr(awaiting, name, None)
        if isinstance(code, CodeType):
            return code
    return None


def referents_of(awaiting: Any) -> list[Any]:
    """The objects that a suspended coroutine or generator holds in its locals and on its stack.

    Ask for `type(each)`, never by `isinstance`: that runs a `__class__` property of the program's, which may raise.
    """
    if _REFERENTS_OF_FRAME:
        for name in ("cr_frame", "gi_frame", "ag_frame"):
            frame = getattr(awaiting, name, None)
            if frame is not None:
                return gc.get_referents(frame)
        return []
    return gc.get_referents(awaiting)


def describe(task: Any, waiter: Any) -> Waiting:
    """What `task` waits on, where `waiter` is the future that it is suspended on."""
    chain = chain_of(task.get_coro())
    until: Optional[float] = None
    found: Optional[Waiting] = None
    generator = False
    for position, awaiting in enumerate(chain):
        code = code_of(awaiting)
        if code is None:
            continue
        generator = generator or hasattr(awaiting, "ag_code")
        known = _KNOWN.get(code)
        if known is not None and known.label == "wait_for":
            inner, due = _inside_wait_for(awaiting)
            until = _sooner(until, due)
            if inner is not None and not inner.done():
                found = _of_future(inner, generator)
                break
            continue
        if known is not None and known.kind == "condition" and _is_acquired_again(chain):
            continue
        if known is not None:
            found = _of_known(known, awaiting, waiter)
            break
        referents = referents_of(awaiting)
        until = _sooner(until, _due_among(referents))
        if anyio_waits.is_anyios(code):
            inside = anyio_waits.describe(code, referents, position == len(chain) - 2)
            if inside is not None:
                found = Waiting(inside.kind, inside.label, inside.target, None, inside.tasks[:_MAX_TASKS], None)
                break
    if found is None or (found.kind == "dns" and found.source is None):
        leaf = _of_future(waiter, generator)
        found = leaf if found is None or leaf.source is None else leaf._replace(kind="dns")
    if until is not None:
        found = found._replace(until=_sooner(found.until, until))
    return found


def _is_acquired_again(chain: list[Any]) -> bool:
    """Whether what waited for a condition was told, and waits for the condition's lock now."""
    return any(code_of(each) is locks.Lock.acquire.__code__ for each in chain)


def _sooner(one: Optional[float], other: Optional[float]) -> Optional[float]:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _of_known(known: _Known, awaiting: Any, waiter: Any) -> Waiting:
    referents = referents_of(awaiting)
    if known.kind == "sleep":
        handle = next((each for each in referents if issubclass(type(each), asyncio.TimerHandle)), None)
        delay = next((each for each in referents if type(each) in (int, float)), None)
        label = "sleep" if delay is None else f"sleep {delay:g} s"
        return Waiting("sleep", label, None, None if handle is None else handle.when(), [], None)
    if known.label == "wait":
        awaited = next((each for each in referents if type(each) in (set, frozenset, list) and each), ())
        members = [each for each in list(awaited) if asyncio.isfuture(each)]
        out = [each for each in members if not each.done()]
        handle = next((each for each in map(_content, referents) if issubclass(type(each), asyncio.TimerHandle)), None)
        until = None if handle is None else handle.when()
        return Waiting("gather", f"wait: {len(out)} of {len(members)} still out", waiter, until, _tasks(out), None)
    target = None
    if known.target is not None:
        target = next((each for each in referents if issubclass(type(each), known.target)), None)
    if known.label == "TaskGroup":
        children = [each for each in list(getattr(target, "_tasks", ())) if not each.done()]
        return Waiting("gather", f"TaskGroup: {len(children)} still out", target, None, _tasks(children), None)
    return Waiting(known.kind, _label(known, target), target, None, [], None)


def _content(referent: Any) -> Any:
    """The value of a variable that is shared with a function inside, else the referent itself."""
    if type(referent) is not CellType:
        return referent
    try:
        return referent.cell_contents
    except ValueError:
        return None


def _label(known: _Known, target: Any) -> str:
    label = known.label
    if target is None:
        return label
    name = type(target).__name__
    if known.kind in ("lock", "semaphore", "condition", "event", "barrier"):
        return name
    if isinstance(target, queues.Queue):
        method = label.rpartition(".")[2]
        size = f"{target.qsize()} of {target.maxsize}" if target.maxsize > 0 else f"{target.qsize()}"
        return f"{name}.{method}, {size} queued"
    if known.kind == "subprocess":
        return f"{label}, pid {getattr(target, 'pid', '?')}"
    return label


def _of_future(future: Any, generator: bool) -> Waiting:
    """A future that no coroutine of asyncio's stands in front of."""
    if _GATHERING is not None and isinstance(future, _GATHERING):
        children = list(getattr(future, "_children", ()))
        out = [child for child in children if not child.done()]
        return Waiting("gather", f"gather: {len(out)} of {len(children)} still out", future, None, _tasks(out), None)
    if isinstance(future, asyncio.Task) or hasattr(future, "get_coro"):
        return Waiting("task", f"task {_name_of(future)}", future, None, [future], None)
    for function in _callbacks_of(future):
        code = function.__code__
        if code is _SHIELD_OUTER:
            inner = _closure(function, "inner")
            if inner is not None:
                described = _of_future(inner, generator)
                return described._replace(label=f"shield of {described.label}")
        elif code is _CHAIN_CANCEL:
            source = _closure(function, "source")
            if source is not None:
                return Waiting("job", "job", future, None, [], source)
    kind = "generator" if generator else "future"
    return Waiting(kind, type(future).__name__, future, None, [], None)


def _callbacks_of(future: Any) -> list[FunctionType]:
    callbacks = getattr(future, "_callbacks", None) or ()
    found: list[FunctionType] = []
    for entry in list(callbacks)[:20]:
        callback = entry[0] if isinstance(entry, tuple) else entry
        if isinstance(callback, functools.partial):
            callback = callback.func
        if isinstance(callback, FunctionType):
            found.append(callback)
    return found


def _inner_code(function: Callable[..., Any], name: str) -> Optional[CodeType]:
    for constant in function.__code__.co_consts:
        if isinstance(constant, CodeType) and constant.co_name == name:
            return constant
    return None


_SHIELD_OUTER = _inner_code(tasks.shield, "_outer_done_callback")
_CHAIN_CANCEL = _inner_code(futures._chain_future, "_call_check_cancel")  # type: ignore[attr-defined]


def _closure(function: FunctionType, name: str) -> Any:
    names = function.__code__.co_freevars
    if name not in names or function.__closure__ is None:
        return None
    try:
        return function.__closure__[names.index(name)].cell_contents
    except ValueError:
        return None


def _inside_wait_for(awaiting: Any) -> tuple[Any, Optional[float]]:
    """Before Python 3.12 `wait_for` waits on a future of its own beside the one it was given."""
    referents = referents_of(awaiting)
    due = _due_among(referents)
    if sys.version_info >= (3, 12):
        return None, due
    handle = next((each for each in referents if issubclass(type(each), asyncio.TimerHandle)), None)
    if handle is not None:
        due = handle.when()
    inner = [each for each in referents if hasattr(type(each), "_asyncio_future_blocking")]
    inner.sort(key=lambda each: not hasattr(each, "get_coro"))
    return (inner[0] if inner else None), due


def _due_among(referents: list[Any]) -> Optional[float]:
    """When the first `async with asyncio.timeout(…)`, or cancel scope of anyio's, around an await is due."""
    due: Optional[float] = None
    for each in referents:
        if _ANYIO in sys.modules:
            due = _sooner(due, anyio_waits.due_of_scope(each))
        if type(each) is MethodType:
            each = each.__self__
        if _TIMEOUT is not None and issubclass(type(each), _TIMEOUT):
            due = _sooner(due, each.when())
    return due


def _tasks(members: list[Any]) -> list[Any]:
    return [each for each in members if hasattr(each, "get_coro")][:_MAX_TASKS]


def _name_of(task: Any) -> str:
    try:
        return str(task.get_name())
    except AttributeError:
        return type(task).__name__
