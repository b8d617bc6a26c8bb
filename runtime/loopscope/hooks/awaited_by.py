"""Sees futures that several tasks await at a time, through what CPython 3.14 and later remember of it.

There every future knows who awaits it. Where a task awaits several things together, asyncio and others tell them so by
`future_add_to_awaited_by`, which is wrapped here: it calls nothing of the program's, so no frame of ours is in any
traceback.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from asyncio import futures
from collections.abc import Callable
from typing import Any

from . import restore

MAX_FUTURES = 5_000
_NAME = "future_add_to_awaited_by"
_OWNERS = (futures, asyncio)


class SharedFuture:
    """A future that was awaited already when another task began to await it."""

    __slots__ = ("is_settled", "reference")

    def __init__(self, reference: weakref.ref[Any]) -> None:
        self.reference = reference
        #: All that is to be said of it has been said.
        self.is_settled = False


class AwaitedByHook:
    """Keeps weak references to such futures, `MAX_FUTURES` at most; more are counted in `overflowed`."""

    def __init__(self, on_error: Callable[[], None]) -> None:
        self.overflowed = 0
        self._shared: dict[int, SharedFuture] = {}
        self._on_error = on_error
        self._ours: Any = None
        self._original: Any = None

    def pending(self) -> list[SharedFuture]:
        """Those that are not done. Any thread."""
        for address, shared in list(self._shared.items()):
            future = shared.reference()
            if future is None or future.done():
                self._shared.pop(address, None)
        return list(self._shared.values())

    def install(self) -> None:
        """Put the hook in, where asyncio remembers who awaits."""
        if sys.version_info < (3, 14):
            return
        self._original = original = getattr(futures, _NAME)
        shared, note, on_error = self._shared, self._note, self._on_error

        def future_add_to_awaited_by(fut: Any, waiter: Any, /) -> None:
            try:
                known = shared.get(id(fut))
                if known is None or known.reference() is not fut:
                    note(fut)
            except Exception:
                on_error()
            original(fut, waiter)

        self._ours = future_add_to_awaited_by
        for owner in _OWNERS:
            setattr(owner, _NAME, future_add_to_awaited_by)

    def remove(self) -> None:
        """Take the hook out."""
        if self._ours is not None:
            for owner in _OWNERS:
                restore(owner, _NAME, self._ours, self._original)
        self._ours = None

    def _note(self, future: Any) -> None:
        # Most futures are awaited by one task, and this is when they are told of it.
        if not future._asyncio_awaited_by:
            return
        if len(self._shared) >= MAX_FUTURES:
            self.overflowed += 1
        else:
            self._shared[id(future)] = SharedFuture(weakref.ref(future))
