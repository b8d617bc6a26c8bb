"""Sees `asyncio.Queue` objects when they are made, so that those that only grow can be told.

A queue calls its own `_init` while it is made. The three of asyncio's classes are wrapped and never raise, so no frame
of ours is in any traceback. A class of the program that replaces `_init` without calling it is not seen.
"""

from __future__ import annotations

import sys
import weakref
from asyncio import queues
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, NamedTuple, Optional

from ..sites import FileKinds
from . import restore

MAX_QUEUES = 5_000


class MadeQueue(NamedTuple):
    """A queue and the line of the program that made it."""

    reference: weakref.ref[Any]
    code: Optional[CodeType]
    instruction: int


class QueueHook:
    """Keeps weak references to the queues of the program, `MAX_QUEUES` at most; more are counted in `overflowed`."""

    def __init__(self, kinds: FileKinds, on_error: Callable[[], None]) -> None:
        self.overflowed = 0
        self._queues: dict[int, MadeQueue] = {}
        self._kinds = kinds
        self._on_error = on_error
        self._wrapped: list[tuple[type, object, object]] = []

    def alive(self) -> list[tuple[int, MadeQueue]]:
        """All queues that have not been freed, each with a key of its own. Any thread."""
        gone = [key for key, made in list(self._queues.items()) if made.reference() is None]
        for key in gone:
            self._queues.pop(key, None)
        return list(self._queues.items())

    def install(self) -> None:
        """Put the hook in."""
        for cls in (queues.Queue, queues.PriorityQueue, queues.LifoQueue):
            self._wrap(cls)

    def remove(self) -> None:
        """Take the hook out."""
        for cls, ours, original in self._wrapped:
            restore(cls, "_init", ours, original)
        self._wrapped.clear()

    def _wrap(self, cls: Any) -> None:
        original: Any = vars(cls).get("_init")
        if original is None:
            return
        note = self._note

        def _init(self: Any, maxsize: int) -> None:
            original(self, maxsize)
            note(self)

        _init.__qualname__ = original.__qualname__
        _init.__module__ = original.__module__
        cls._init = _init
        self._wrapped.append((cls, _init, original))

    def _note(self, queue: Any) -> None:
        try:
            if len(self._queues) >= MAX_QUEUES:
                self.overflowed += 1
                return
            frame: Optional[FrameType] = sys._getframe(2)
            for _ in range(6):
                if frame is None or self._kinds[frame.f_code.co_filename]:
                    break
                frame = frame.f_back
            reference = weakref.ref(queue)
            # The weak reference lives as long as its entry, so its address is a key of its own.
            self._queues[id(reference)] = MadeQueue(
                reference, None if frame is None else frame.f_code, 0 if frame is None else frame.f_lasti
            )
        except Exception:
            self._on_error()
