"""The place between two callbacks at which a loop can be held.

asyncio's loops call `handle._run()` for every callback. A descriptor in the place of `Handle._run` sees each handle
when the attribute is looked up, just before the callback runs, and hands out the original method: while the callback
runs no frame of ours is on the stack, so no traceback, warning or captured stack of the program changes.
"""

from __future__ import annotations

from asyncio import events
from collections.abc import Callable
from types import MethodType
from typing import Any

_HANDLE: Any = events.Handle


def _run_nothing() -> None:
    """Runs in the place of a callback that was cancelled while its loop was held."""


class HoldPoint:
    """Calls `arrive(handle)` in the loop's thread before a callback runs; a true answer keeps it from running.

    Takes effect on loops that run already. A wrapper that somebody puts around it later goes on working, and keeps it
    from being taken out: then it lies still.
    """

    def __init__(self, arrive: Callable[[Any], bool]) -> None:
        self._arrive = arrive
        # What it stands before; whoever changes that beneath it puts the new one here.
        self.original: Any = None
        self._buried = False
        self.active = False

    def __get__(self, handle: Any, owner: Any = None) -> Any:
        if handle is None:
            return self
        if self.active and self._arrive(handle):
            return _run_nothing
        return MethodType(self.original, handle)

    def __call__(self, handle: Any) -> None:
        if not (self.active and self._arrive(handle)):
            self.original(handle)

    @property
    def installed(self) -> bool:
        """Whether it stands in the class right now."""
        return vars(_HANDLE)["_run"] is self

    def install(self) -> None:
        """Put it in. Any thread, one at a time."""
        current = vars(_HANDLE)["_run"]
        if current is not self and not (self._buried and current is not self.original):
            self.original = current
            self._buried = False
            _HANDLE._run = self
        self.active = True

    def remove(self) -> None:
        """Take it out. Any thread, one at a time."""
        if not self.active:
            return
        self.active = False
        if vars(_HANDLE)["_run"] is self:
            _HANDLE._run = self.original
        else:
            self._buried = True
