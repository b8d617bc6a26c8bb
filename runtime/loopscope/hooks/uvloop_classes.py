"""Finds uvloop's class of loops, which is there already or comes when the program imports uvloop."""

from __future__ import annotations

import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any


class UvloopClassHook:
    """Calls `on_class` once for each class that is derived from the one that uvloop has in C, in any thread.

    Every loop's class is derived from asyncio's abstract one, which Python tells of each that is.
    """

    def __init__(self, on_class: Callable[[type[Any]], None], on_error: Callable[[], None]) -> None:
        self._on_class = on_class
        self._on_error = on_error
        self._ours: Any = None

    def install(self) -> None:
        """Put the hook in, where tasks on uvloop get into no registry that the runtime can look into."""
        if sys.version_info < (3, 14):
            return
        see = self._see

        def __init_subclass__(cls: type[Any], **options: Any) -> None:
            super(AbstractEventLoop, cls).__init_subclass__(**options)
            see(cls)

        self._ours = classmethod(__init_subclass__)
        AbstractEventLoop.__init_subclass__ = self._ours
        for cls in AbstractEventLoop.__subclasses__():
            see(cls)

    def remove(self) -> None:
        """Take the hook out."""
        if self._ours is not None and vars(AbstractEventLoop).get("__init_subclass__") is self._ours:
            del AbstractEventLoop.__init_subclass__
        self._ours = None

    def _see(self, cls: type[Any]) -> None:
        try:
            if any(base.__module__ == "uvloop.loop" for base in cls.__bases__):
                self._on_class(cls)
        except Exception:
            self._on_error()
