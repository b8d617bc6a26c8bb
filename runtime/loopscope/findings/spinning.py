"""Counts, from inside a loop, what is in its ready queue in every one of some iterations on end."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from types import CodeType, MethodType
from typing import Any, NamedTuple, Optional

from .. import awaiting, callee
from ..clock import monotonic_ns
from ..loops import OwnCallback
from ..sites import FileKinds
from . import busy_poll, suspended

Key = tuple[int, int]


class Found(NamedTuple):
    """One that was there every time."""

    key: Key
    spin: busy_poll.Spin
    place: Optional[tuple[CodeType, int]]
    task: Optional[weakref.ref[Any]]
    """Of a step of a task."""


class Spinning(OwnCallback):
    """Runs at the head of iterations, as long as something that was there in all of them so far is there again."""

    __slots__ = (
        "_found",
        "_handles",
        "_iterations",
        "_kinds",
        "_looks",
        "_loop",
        "_on_error",
        "_previous",
        "_previous_clocks",
    )

    def __init__(self, kinds: FileKinds, on_error: Callable[[], None]) -> None:
        self._kinds = kinds
        self._on_error = on_error
        self._loop: Optional[weakref.ref[Any]] = None
        # By key, the address of the handle it had in the last iteration.
        self._handles: dict[Key, int] = {}
        self._iterations = 0
        self._looks: dict[Key, int] = {}
        self._previous_clocks: Optional[tuple[int, int]] = None
        self._previous: Optional[tuple[int, int]] = None
        self._found: list[Found] = []

    def begin(self, loop: Any) -> None:
        """Begin a look, from inside the loop."""
        self._loop = weakref.ref(loop)
        self._iterations = 0
        self._previous = self._previous_clocks
        self._previous_clocks = monotonic_ns(), time.thread_time_ns()
        self()

    def take(self) -> list[Found]:
        """What the looks found since the last call."""
        found, self._found = self._found, []
        return found

    def __call__(self) -> None:
        """One iteration."""
        try:
            loop = None if self._loop is None else self._loop()
            if loop is None or not self._goes_on(loop):
                self._looks = {}
                return
            if self._iterations < busy_poll.ITERATIONS:
                self._iterations += 1
                loop.call_soon(self)
            else:
                self._end(loop)
        except Exception:
            self._on_error()

    def _goes_on(self, loop: Any) -> bool:
        handles: dict[Key, int] = {}
        before = self._handles if self._iterations else None
        # An iteration with more in it is not one that spins for nothing.
        for handle in list(loop._ready)[:100]:
            key = _key_of(handle)
            if key is not None and (before is None or (key in before and before[key] != id(handle))):
                handles[key] = id(handle)
        self._handles = handles
        return bool(handles)

    def _end(self, loop: Any) -> None:
        # Of processor time: what others take from us does not make the turns longer.
        took = 0.0 if self._previous_clocks is None else (time.thread_time_ns() - self._previous_clocks[1]) / 1e9
        looks = {key: self._looks.get(key, 0) + 1 for key in self._handles}
        self._looks = looks
        share = 0.0
        if self._previous is not None and self._previous_clocks is not None:
            wall = self._previous_clocks[0] - self._previous[0]
            share = (self._previous_clocks[1] - self._previous[1]) / max(1, wall)
        for handle in list(loop._ready)[:100]:
            key = _key_of(handle)
            if key in looks:
                what, place = self._describe(handle._callback)
                spin = busy_poll.Spin(what, looks[key], self._iterations / max(took, 1e-6), share)
                task = getattr(handle._callback, "__self__", None)
                reference = weakref.ref(task) if hasattr(task, "get_coro") else None
                self._found.append(Found(key, spin, place, reference))
        del self._found[:-10]

    def _describe(self, callback: Any) -> tuple[str, Optional[tuple[CodeType, int]]]:
        task: Any = getattr(callback, "__self__", None)
        if hasattr(task, "get_coro"):
            chain = awaiting.chain_of(task.get_coro())
            return f"Task {task.get_name()}", suspended.users_line(chain, self._kinds)
        code = getattr(callback, "__code__", None)
        if code is None and isinstance(callback, MethodType):
            code = getattr(callback.__func__, "__code__", None)
        place = (code, code.co_firstlineno) if isinstance(code, CodeType) and self._kinds[code.co_filename] else None
        return f"The callback {callee.of_callable(callback) or type(callback).__name__}", place


def _key_of(handle: Any) -> Optional[Key]:
    """What a handle runs, the same for each handle that runs it; None for what cannot put itself there for nothing."""
    callback = handle._callback
    if callback is None or handle._cancelled or isinstance(callback, OwnCallback):
        return None
    owner = getattr(callback, "__self__", None)
    if hasattr(owner, "get_coro"):
        # A task that waited for a future still has it when it is woken; one that only yielded has none.
        return None if getattr(owner, "_fut_waiter", True) is not None else (id(owner), 0)
    if isinstance(callback, MethodType):
        return id(callback.__self__), id(callback.__func__)
    return id(callback), 1
