"""Learns that the main thread has come to its end, before anything is tidied up for it.

`concurrent.futures` shuts its pools down at that moment by a callback of `threading`; ours is registered later and so
runs first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class ProgramEndHook:
    """Calls `on_end()` in the main thread; it must not raise."""

    def __init__(self, on_end: Callable[[], None]) -> None:
        self._on_end = on_end
        self._registered: list[Any] = []

    def install(self) -> None:
        """Put the hook in. After the end of the main thread there is nothing to put in."""
        callbacks: Any = getattr(threading, "_threading_atexits", None)
        register: Any = getattr(threading, "_register_atexit", None)
        if callbacks is None or register is None:
            return
        before = len(callbacks)
        try:
            register(self._on_end)
        except RuntimeError:
            return
        self._registered = callbacks[before:]

    def remove(self) -> None:
        """Take the hook out."""
        callbacks: Any = getattr(threading, "_threading_atexits", [])
        for registered in self._registered:
            if registered in callbacks:
                callbacks.remove(registered)
        self._registered = []
