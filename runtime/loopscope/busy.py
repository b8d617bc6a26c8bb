"""How long a loop has been busy: from what the looks read anyway, so that nobody pays for it."""

from __future__ import annotations

import threading
import time
from typing import Any, Optional

from .clock import Clock, monotonic_ns
from .holds import Hold, Reading


class BusyTime:
    """The totals of one loop, in nanoseconds. Belongs to the watchdog, unless it says otherwise."""

    __slots__ = ("_ended_ns", "_run", "_waited_ns", "in_callbacks_ns")

    def __init__(self) -> None:
        # Time in callbacks, of those that were traced.
        self.in_callbacks_ns = 0
        # Of holds that are over: what its thread waited in them.
        self._waited_ns = 0
        # Processor time of the runs that are over; of the one under way: its thread, None while there is none, and
        # what that had used when it began. Replaced as a whole, for several threads look at it.
        self._run: tuple[int, Optional[int], int] = (0, None, 0)
        self._ended_ns = 0

    def began(self, thread: int, ran_ns: int) -> None:
        """The loop runs in a thread, as of `threading.get_ident()`, that has used so much of the processor. Any
        thread."""
        self._run = self._run[0], thread, ran_ns

    def ended(self) -> None:
        """The loop stops running. In its thread; when another says so, what that run used is not known."""
        before, thread, began_ns = self._run
        if thread == threading.get_ident():
            before += max(0, time.thread_time_ns() - began_ns)
        self._run = before, None, 0
        self._ended_ns = monotonic_ns()

    def hold_ended(self, hold: Hold, ended_ns: int, reading: Optional[Reading]) -> None:
        """A hold above the threshold is over, as was seen at a reading of the clocks."""
        self._waited_ns += hold.waited_ns(ended_ns, reading)

    def record(
        self, clock: Clock, thread: int, last: Optional[Reading], hold: Optional[Hold], traced: bool
    ) -> Optional[dict[str, Any]]:
        """The `Busy` record; None where it is not known.

        `thread` is the one that the loop runs in, 0 while it does not; `last` the latest reading of its clocks; `hold`
        the callback that was running at that time; `traced` says whether every callback is logged.
        """
        busy_ns = self._by_callbacks(hold) if traced else self._by_processor(thread, last, hold)
        if busy_ns is None:
            return None
        at_ns = last.now_ns if thread and last is not None else self._ended_ns
        return {
            "ns": busy_ns,
            "at_ns": clock.from_monotonic_ns(at_ns),
            "measure": "callbacks" if traced else "processor",
        }

    def _by_callbacks(self, hold: Optional[Hold]) -> int:
        return self.in_callbacks_ns + (0 if hold is None else max(0, hold.last.now_ns - hold.started_ns))

    def _by_processor(self, thread: int, last: Optional[Reading], hold: Optional[Hold]) -> Optional[int]:
        before, known, began_ns = self._run
        total = before + self._waited_ns
        if not thread:
            return total
        if last is None or last.loop_ran_ns is None:
            return None
        if known != thread:
            # It was found running.
            self.began(thread, last.loop_ran_ns)
            return total
        if hold is not None and hold.confirmed:
            total += hold.waited_ns(hold.last.now_ns)
        return total + max(0, last.loop_ran_ns - began_ns)
