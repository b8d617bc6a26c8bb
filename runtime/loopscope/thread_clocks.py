"""What a thread and the process have spent, from the system's own books."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Optional

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


def _call(call: partial[Any]) -> Any:
    return call()


class ThreadClocks:
    """Processor time and run-queue wait of one thread, readable from any thread.

    Processor time comes from the thread's processor clock, where Python has it, and is read without letting the GIL go.
    Linux gives the wait through `/proc/self/task/ID/schedstat`, which is kept open; reading it lets the GIL go, which
    costs milliseconds when the loop is busy. What cannot be known is None.
    """

    def __init__(self, thread: int, native_id: Optional[int] = None) -> None:
        """`thread` as of `threading.get_ident()`; `native_id` for a thread that `threading` does not know."""
        # The file is opened when it is first read: that lets the GIL go.
        self._descriptor: Optional[int] = None
        self._unopened: Optional[tuple[int, Optional[int]]] = (thread, native_id)
        self._clock: Optional[int] = None
        if hasattr(time, "pthread_getcpuclockid"):
            try:
                self._clock = time.pthread_getcpuclockid(thread)
            except OSError:
                self._clock = None

    def ran_ns(self) -> Optional[int]:
        """Nanoseconds the thread has run. Keeps the GIL."""
        if self._clock is None:
            return None
        try:
            return time.clock_gettime_ns(self._clock)
        except OSError:
            self.close()
            return None

    def waited_ns(self, through: Callable[[partial[Any]], Any] = _call) -> Optional[int]:
        """Nanoseconds the thread has waited for a processor. Lets the GIL go, in what `through` is to call."""
        try:
            if self._unopened is not None:
                path, self._unopened = _schedstat(*self._unopened), None
                if path is not None:
                    self._descriptor = through(partial(os.open, path, os.O_RDONLY | os.O_CLOEXEC))
            if self._descriptor is None:
                return None
            return int(through(partial(os.pread, self._descriptor, 96, 0)).split()[1])
        except (OSError, ValueError, IndexError):
            self.close()
            return None

    def close(self) -> None:
        """Give the file back. A reading afterwards is None."""
        descriptor, self._descriptor, self._clock, self._unopened = self._descriptor, None, None, None
        if descriptor is not None:
            try:
                os.close(descriptor)
            except OSError:
                pass


def _schedstat(thread: int, native: Optional[int]) -> Optional[str]:
    """The file in which Linux says what a thread has waited; None where there is none."""
    if sys.platform != "linux":
        return None
    if native is None:
        known: Any = threading._active.get(thread)  # type: ignore[attr-defined]
        native = getattr(known, "native_id", None)
    return None if native is None else f"/proc/self/task/{native}/schedstat"


def own_voluntary_switches() -> Optional[int]:
    """How often the calling thread has gone to sleep by itself; None where the system does not count it.

    A thread that waits for the GIL wakes every few milliseconds; one whose process is suspended does not wake at all.
    """
    who = getattr(resource, "RUSAGE_THREAD", None)
    if who is None:
        return None
    return resource.getrusage(who).ru_nvcsw
