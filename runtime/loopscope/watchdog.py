"""The thread that looks.

It is started beneath `threading`, so that `threading.enumerate()` and what joins threads at the end of a program do not
meet it, and is marked so that debugpy neither traces nor suspends it.
"""

from __future__ import annotations

import _thread
import os
import sys
import threading
from collections.abc import Callable
from functools import partial

from .clock import monotonic_ns
from .holds import LATE_NS
from .waking import Moment, moment_after


class Watchdog(threading.Thread):
    """Calls `tick(late_ns, moment)`, which answers how many nanoseconds to wait until the next, until it is stopped.

    `late_ns` is how long others kept it from running; `moment` is what the loops' threads did when it could.

    Only ever run by `begin`, never by `start`.
    """

    def __init__(
        self, tick: Callable[[int, Moment], int], threads: Callable[[], list[int]], on_error: Callable[[], None]
    ) -> None:
        """`threads` tells of which threads, by `threading.get_ident()`, the stacks are wanted."""
        super().__init__(name="loopscope", daemon=True)
        self.pydev_do_not_trace = True
        self.is_pydev_daemon_thread = True
        self._tick = tick
        self._threads = threads
        self._on_error = on_error
        self._wake = _thread.allocate_lock()
        self._done = _thread.allocate_lock()
        self._stopping = False
        self._called_ns = 0
        self._own_ident = 0
        self._own_native_id = 0

    @property
    def ident_of_thread(self) -> int:
        """`threading.get_ident()` of the thread, 0 before it runs."""
        return self._own_ident

    @property
    def native_id_of_thread(self) -> int:
        """`threading.get_native_id()` of the thread, 0 before it runs."""
        return self._own_native_id

    def begin(self) -> None:
        """Start the thread. Raises RuntimeError when the system gives no thread."""
        self._stopping = False
        self._wake.acquire()
        self._done.acquire()
        try:
            _thread.start_new_thread(self.run, ())
        except BaseException:
            self._wake.release()
            self._done.release()
            raise

    def wake(self) -> None:
        """Make the next tick happen now. May be called from any thread."""
        self._called_ns = monotonic_ns()
        try:
            self._wake.release()
        except RuntimeError:
            pass

    def finish(self, timeout_seconds: float) -> bool:
        """Stop the thread and wait until it is gone; False when it is not gone in time."""
        self._stopping = True
        self.wake()
        if not self._done.acquire(timeout=timeout_seconds):
            return False
        self._done.release()
        self._wait_until_reaped()
        return True

    def run(self) -> None:
        """The body of the thread."""
        self._own_ident = threading.get_ident()
        self._own_native_id = threading.get_native_id()
        period_ns = 1_000_000
        try:
            while not self._stopping:
                began = monotonic_ns()
                called, moment = moment_after(partial(self._wake.acquire, timeout=period_ns / 1e9), self._threads())
                due = max(began, self._called_ns) if called else began + period_ns
                late_ns = max(0, moment.now_ns - due)
                # A call that kept the GIL until the end of the program is still to be told of.
                if self._stopping and late_ns < LATE_NS:
                    break
                try:
                    period_ns = self._tick(late_ns, moment)
                except Exception:
                    period_ns = 100_000_000
                    self._on_error()
                # Frames live as long as they are held, and what they refer to with them.
                moment.stacks.clear()
        finally:
            self._done.release()

    def _wait_until_reaped(self) -> None:
        """A thread counts until the system has taken it away, and Python 3.12 warns when it forks beside one."""
        if sys.platform != "linux" or not self._own_native_id:
            return
        path = f"/proc/self/task/{self._own_native_id}"
        deadline = monotonic_ns() + 50_000_000
        while os.path.exists(path) and monotonic_ns() < deadline:
            os.sched_yield()
