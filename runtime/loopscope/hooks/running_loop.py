"""Learns when a loop starts and stops running, and in which thread.

`BaseEventLoop.run_forever` calls `asyncio.events._set_running_loop` once at each end. Replacing that name leaves no
frame in any traceback and costs nothing while the loop runs. uvloop's loops call `asyncio._set_running_loop` as it was
when uvloop was imported; what they keep of ours serves whoever is installed then. Those of a uvloop that was there
before us are seen because each sets the interpreter's hooks for asynchronous generators before it runs, and puts back
what was there before when it has stopped.
"""

from __future__ import annotations

import asyncio
import sys
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
        self._our_setter: Any = None
        self._original_setter: Any = None

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
        if "uvloop.loop" in sys.modules:
            self._watch_generator_hooks()

    def remove(self) -> None:
        """Take the hook out."""
        global _installed
        if self._ours is not None:
            _installed = None
            restore(events, "_set_running_loop", self._ours, self._original)
            restore(asyncio, "_set_running_loop", self._ours, self._original_of_package)
        self._ours = None
        if self._our_setter is not None:
            restore(sys, "set_asyncgen_hooks", self._our_setter, self._original_setter)
        self._our_setter = None

    def _watch_generator_hooks(self) -> None:
        from ..uvloop_state import is_uvloop

        original: Any = sys.set_asyncgen_hooks

        def set_asyncgen_hooks(*arguments: Any, **options: Any) -> None:
            original(*arguments, **options)
            # While a loop runs somebody else may set them.
            if _installed is not self or asyncio._get_running_loop() is not None:
                return
            loop = getattr(sys.get_asyncgen_hooks().firstiter, "__self__", None)
            if is_uvloop(loop):
                self._on_start(loop)
            else:
                self._on_stop()

        set_asyncgen_hooks.__doc__ = original.__doc__
        self._original_setter = original
        self._our_setter = set_asyncgen_hooks
        sys.set_asyncgen_hooks = set_asyncgen_hooks
