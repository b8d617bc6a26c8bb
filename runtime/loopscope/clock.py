"""The one clock of the runtime.

Everything is counted in nanoseconds of the monotonic clock, which is also what asyncio's loops use, from the moment the
runtime was installed.
"""

from __future__ import annotations

import time

monotonic_ns = time.monotonic_ns


class Clock:
    """Nanoseconds since the runtime was installed. May be read from any thread."""

    __slots__ = ("wall_ms", "zero_ns")

    def __init__(self) -> None:
        self.zero_ns = monotonic_ns()
        self.wall_ms = time.time_ns() // 1_000_000

    def now_ns(self) -> int:
        """Nanoseconds since the installation."""
        return monotonic_ns() - self.zero_ns

    def from_monotonic_ns(self, monotonic: int) -> int:
        """Turn a reading of the monotonic clock into nanoseconds since the installation, never below zero."""
        return max(0, monotonic - self.zero_ns)

    def from_loop_time(self, seconds: float, behind_ns: int = 0) -> int:
        """Turn a loop's `time()` into nanoseconds since the installation, never below zero.

        It is monotonic seconds, less what a debugger held the loop for.
        """
        return max(0, int(seconds * 1e9) + behind_ns - self.zero_ns)
