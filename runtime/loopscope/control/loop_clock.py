"""A loop's clock that stands still while the loop is held.

A loop that was held goes on with a clock that is set back by as long as it stood. Setting it forward again would let
every timer of the program fire early, so the clock stays set back for the rest of the loop's life; it is one attribute
of the loop object, a function as cheap as the method it stands for.
"""

from __future__ import annotations

import time
import weakref
from asyncio import base_events
from collections.abc import Callable
from typing import Any, Optional

_monotonic = time.monotonic
_METHOD: Any = base_events.BaseEventLoop.time


# A loop keeps its clock beyond the controller that made it.
_clocks: weakref.WeakKeyDictionary[Any, LoopClock] = weakref.WeakKeyDictionary()


def clock_of(loop: Any) -> LoopClock:
    """The clock of a loop. The loop's thread."""
    clock = _clocks.get(loop)
    if clock is None:
        clock = _clocks[loop] = LoopClock(loop)
    return clock


def set_back_ns(loop: Any) -> int:
    """Nanoseconds by which a loop's `time()` is behind the monotonic clock because it was held; any thread."""
    clock = _clocks.get(loop) if _clocks and loop is not None else None
    return 0 if clock is None else clock.set_back_ns


class LoopClock:
    """The clock of one loop. `stop` and `go` belong to the loop's thread; `set_back_ns` may be read from any."""

    def __init__(self, loop: Any) -> None:
        self._loop = weakref.ref(loop)
        self._set_back = 0.0
        self._stopped_at: Optional[float] = None
        self._function: Optional[Callable[[], float]] = None

    @property
    def set_back_ns(self) -> int:
        """Nanoseconds by which the loop's time is behind the monotonic clock."""
        stopped_at = self._stopped_at
        behind = self._set_back if stopped_at is None else _monotonic() - stopped_at
        return int(behind * 1e9)

    def stop(self) -> bool:
        """Let the loop's time stand still; False when the loop keeps a time of its own, which is left alone."""
        loop = self._loop()
        if loop is None or not self._can_be_stopped(loop):
            return False
        self._stopped_at = _monotonic() - self._set_back
        if self._function is None:
            self._function = self._make_function()
            loop.time = self._function
        return True

    def go(self) -> None:
        """Let the loop's time go on from where it stood."""
        stopped_at = self._stopped_at
        if stopped_at is not None:
            self._set_back = _monotonic() - stopped_at
            self._stopped_at = None

    def _can_be_stopped(self, loop: Any) -> bool:
        if not isinstance(loop, base_events.BaseEventLoop) or type(loop).time is not _METHOD:
            return False
        return vars(loop).get("time") is self._function

    def _make_function(self) -> Callable[[], float]:
        def loop_time() -> float:
            stopped_at = self._stopped_at
            return _monotonic() - self._set_back if stopped_at is None else stopped_at

        loop_time.__name__ = "time"
        loop_time.__qualname__ = _METHOD.__qualname__
        loop_time.__doc__ = _METHOD.__doc__
        return loop_time
