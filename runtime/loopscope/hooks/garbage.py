"""Times the garbage collector, by thread."""

from __future__ import annotations

import gc
import threading
from typing import Any

from ..clock import monotonic_ns


class GarbageHook:
    """A member of `gc.callbacks` that adds up how long collections held each thread."""

    def __init__(self) -> None:
        self._total_ns: dict[int, int] = {}
        self._started_ns: dict[int, int] = {}

    def install(self) -> None:
        """Put the hook in."""
        gc.callbacks.append(self._note)

    def remove(self) -> None:
        """Take the hook out."""
        if self._note in gc.callbacks:
            gc.callbacks.remove(self._note)

    def total_ns(self, thread: int) -> int:
        """Nanoseconds that collections have taken in a thread, the one under way included."""
        started = self._started_ns.get(thread)
        running = monotonic_ns() - started if started else 0
        return self._total_ns.get(thread, 0) + running

    def _note(self, phase: str, info: dict[str, Any]) -> None:
        thread = threading.get_ident()
        if phase == "start":
            self._started_ns[thread] = monotonic_ns()
        else:
            started = self._started_ns.pop(thread, 0)
            if started:
                self._total_ns[thread] = self._total_ns.get(thread, 0) + monotonic_ns() - started
