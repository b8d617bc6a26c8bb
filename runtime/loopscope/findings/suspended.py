"""What can be proved about a task that is suspended. Runs in the task's loop, where its coroutines stand still."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import weakref
from asyncio import base_events, locks
from types import CodeType, FunctionType, MethodType
from typing import Any, Optional

from .. import awaiting
from ..sites import FileKinds

_MIXIN: Any = locks._ContextManagerMixin
_ENTER: CodeType = _MIXIN.__aenter__.__code__
_EXIT: CodeType = _MIXIN.__aexit__.__code__
_EXIT_OF_GENERATOR: CodeType = contextlib._AsyncGeneratorContextManager.__aexit__.__code__
_EXIT_OF_STACK: CodeType = contextlib.AsyncExitStack.__aexit__.__code__
_WAITS_FOR_CONDITION: CodeType = asyncio.Condition.wait.__code__
_GROUP: Any = getattr(asyncio, "TaskGroup", None)
_WAITS_FOR_CHILDREN: Any = None if _GROUP is None else _GROUP.__aexit__.__code__
_MAIN_OF_UVLOOP = "run_until_complete.<locals>.done_cb"
_LOCKS = (asyncio.Lock, asyncio.BoundedSemaphore)
_MAX_DEPTH = 5
_MAIN: Any = base_events._run_until_complete_cb  # type: ignore[attr-defined]
# Without the GIL, references are not counted in one place.
_COUNTS_ARE_EXACT = sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)()


def runs_the_loop(task: Any) -> bool:
    """Whether `run_until_complete`, and so `asyncio.run`, waits for this task."""
    callbacks = getattr(task, "_callbacks", None) or ()
    for entry in list(callbacks):
        callback = entry[0] if isinstance(entry, tuple) else entry
        if callback is _MAIN or getattr(callback, "__qualname__", "").endswith(_MAIN_OF_UVLOOP):
            return True
    return False


def users_line(chain: list[Any], kinds: FileKinds) -> Optional[tuple[CodeType, int]]:
    """Code and line of the innermost coroutine of the user's. Makes a frame: only for what is to be shown."""
    for suspended in reversed(chain):
        code = awaiting.code_of(suspended)
        if code is None or not kinds[code.co_filename]:
            continue
        found = line_in(suspended)
        if found is not None:
            return code, found
    return None


def frame_of(suspended: Any) -> Any:
    """The frame of a coroutine or generator; makes one. None when it has none any more."""
    for name in ("cr_frame", "gi_frame", "ag_frame"):
        frame = getattr(suspended, name, None)
        if frame is not None:
            return frame
    return None


def line_in(suspended: Any) -> Optional[int]:
    """The line at which a coroutine or generator is suspended."""
    frame = frame_of(suspended)
    return None if frame is None else int(frame.f_lineno)


def is_known_lock(lock: Any) -> bool:
    """Whether a lock is one of asyncio's own, which is released by nobody but its holders, if all use it as such."""
    return type(lock) in _LOCKS


def lock_of(owner: Any) -> Any:
    """The lock that entering and leaving `owner` takes and releases: its own of a condition, else the thing itself."""
    return getattr(owner, "_lock", None) if type(owner) is asyncio.Condition else owner


def has_released_for_condition(chain: list[Any], lock: Any) -> bool:
    """Whether the chain waits for a condition of this lock, which is released meanwhile."""
    return any(
        awaiting.code_of(each) is _WAITS_FOR_CONDITION
        and any(lock_of(referent) is lock for referent in awaiting.referents_of(each))
        for each in chain
    )


def holding(chain: list[Any], lock: Any) -> tuple[int, int]:
    """The place in the chain of a coroutine that is inside `async with lock`, and how many times over the chain is;
    0 times when it is not for certain.

    The exit method is on the coroutine's stack from before the lock is asked for until it is released, so the one
    whose asking the coroutine awaits does not count.
    """
    place, times = 0, 0
    for position, suspended in enumerate(chain):
        following = chain[position + 1] if position + 1 < len(chain) else None
        if awaiting.code_of(suspended) is None:
            continue
        exits = _exits(awaiting.referents_of(suspended), lock, chain, 0)
        if following is not None and awaiting.code_of(following) is _ENTER:
            exits -= any(lock_of(each) is lock for each in awaiting.referents_of(following))
        if exits > 0 and not times:
            place = position
        times += max(0, exits)
    return place, times


def _exits(referents: list[Any], lock: Any, chain: list[Any], depth: int) -> int:
    """How many exit methods of a lock are on a stack, or in what its other exit methods will leave."""
    found = 0
    previous: Any = None
    for each in referents:
        owner: Any = None
        code: Any = None
        if type(each) is MethodType:
            owner, code = each.__self__, getattr(each.__func__, "__code__", None)
        elif type(previous) is FunctionType:
            # Since Python 3.14 function and object are two entries of the stack, one after the other.
            owner, code = each, previous.__code__
        previous = each
        if code is _EXIT:
            found += lock_of(owner) is lock
        elif code is _EXIT_OF_GENERATOR and depth < _MAX_DEPTH:
            inner = getattr(owner, "gen", None)
            # One that is in the chain itself is looked at there.
            if inner is not None and all(inner is not link for link in chain):
                found += _exits(awaiting.referents_of(inner), lock, chain, depth + 1)
        elif code is _EXIT_OF_STACK and depth < _MAX_DEPTH:
            entered = [entry[1] for entry in list(getattr(owner, "_exit_callbacks", ()))]
            found += _exits(entered, lock, chain, depth + 1)
    return found


def handles_cancellation(chain: list[Any]) -> bool:
    """Whether some coroutine is inside an `except`, `finally` or exit method that a CancelledError brought it to."""
    for position, suspended in enumerate(chain):
        code = awaiting.code_of(suspended)
        if code is None:
            continue
        for each in gc.get_referents(suspended):
            if issubclass(type(each), asyncio.CancelledError):
                return True
        if code is _WAITS_FOR_CONDITION and position < len(chain) - 2:
            # It takes the lock back, whatever comes, and before Python 3.13 keeps no CancelledError meanwhile.
            return True
    return False


def requests_of_groups(chain: list[Any]) -> int:
    """How many requests to cancel come from task groups that wait for their children and will then take them back.
    Before Python 3.13 a group takes its own back when it begins to wait, or never."""
    if _GROUP is None or sys.version_info < (3, 13):
        return 0
    groups: dict[int, Any] = {}
    for suspended in chain:
        if awaiting.code_of(suspended) is not _WAITS_FOR_CHILDREN:
            continue
        for each in awaiting.referents_of(suspended):
            if issubclass(type(each), _GROUP):
                groups[id(each)] = each
    return sum(bool(group._parent_cancel_requested) for group in groups.values())


def referrers_outside(weak: weakref.ref[Any], chain: list[Any], awaited_directly: bool) -> tuple[int, bool]:
    """How many references to a thing do not come from the task that awaits it, and whether a coroutine of the chain
    keeps it in a variable. Gives one reference too many where they cannot be counted.

    The caller must hold no reference of its own but the weak one.
    """
    if not _COUNTS_ARE_EXACT:
        return 1, False
    # The task itself refers to the future that it waits on.
    inside = 1 if awaited_directly else 0
    named = 0
    for suspended in chain:
        code = awaiting.code_of(suspended)
        referents = awaiting.referents_of(suspended) if code is not None else gc.get_referents(suspended)
        count = _count(referents, weak)
        inside += count
        if code is not None and count and (awaited_directly or not _is_asyncio(code)):
            named += count
        del referents
    if weakref.getweakrefcount(weak()) > 1:
        return 1, False
    return _references(weak) - _OWN - inside, named > 0


def _is_asyncio(code: CodeType) -> bool:
    return code.co_filename == _EXIT.co_filename or "asyncio" in code.co_filename.replace("\\", "/").split("/")


def _count(referents: list[Any], weak: weakref.ref[Any]) -> int:
    target = weak()
    return sum(1 for each in referents if each is target)


def _references(weak: weakref.ref[Any]) -> int:
    target = weak()
    return sys.getrefcount(target)


class _Counted:
    pass


def _own_references() -> int:
    """What `_references` adds to the count, found by asking it about a thing that has one reference."""
    counted = _Counted()
    return _references(weakref.ref(counted)) - 1


_OWN = _own_references()
