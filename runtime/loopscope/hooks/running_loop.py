"""Learns when a loop starts and stops running, and in which thread.

`BaseEventLoop.run_forever` calls `asyncio.events._set_running_loop` once at each end. Replacing that name leaves no
frame in any traceback and costs nothing while the loop runs. uvloop's loops call `asyncio._set_running_loop` as it was
when uvloop was imported; what they keep of ours serves whoever is installed then.
"""

from __future__ import annotations

import asyncio
from asyncio import events
from collections.abc import Callable
from typing import Any, Optional

from . import restore

_installed: Optional[RunningLoopHook] = None


class RunningLoopHook:
    """Calls `on_start(loop)` and `on_stop()` in the loop's thread; neither may raise."""

    def __init__(self, on_start: Callable[[Any], None], on_stop: Callable[[], None]) -> None:
        self._on_start = on_start
        self._on_stop = on_stop
        self._ours: Any = None
        self._original: Any = None
        self._original_of_package: Any = None

    def install(self) -> None:
        """Put the hook in; loops that run already are found by the watchdog."""
        global _installed
        original: Any = events._set_running_loop

        def _set_running_loop(loop: Any) -> None:
            hook = _installed
            if loop is None:
                if hook is not None:
                    hook._on_stop()
                original(None)
            else:
                original(loop)
                if hook is not None:
                    hook._on_start(loop)

        self._original = original
        self._original_of_package = asyncio._set_running_loop
        self._ours = _set_running_loop
        _installed = self
        events._set_running_loop = _set_running_loop
        asyncio._set_running_loop = _set_running_loop

    def remove(self) -> None:
        """Take the hook out."""
        global _installed
        if self._ours is not None:
            _installed = None
            restore(events, "_set_running_loop", self._ours, self._original)
            restore(asyncio, "_set_running_loop", self._ours, self._original_of_package)
        self._ours = None
