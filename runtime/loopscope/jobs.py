"""One job of an executor, as noted by the threads that submit it and work it off."""

from __future__ import annotations

import threading
import weakref
from types import CodeType
from typing import TYPE_CHECKING, Any, Optional

from .clock import monotonic_ns

if TYPE_CHECKING:
    from .executors import ExecutorState


class Job:
    """One offload, from its submission until it is done. Changed by the submitting thread and by its worker.

    Made in the thread that submits it, which therefore sets no more than it must.
    """

    #: Given when it is first told of.
    id = 0
    #: Of the work of a process pool only.
    future: Optional[weakref.ref[Any]] = None
    started_ns = 0
    #: When it was done, or cancelled before it began.
    ended_ns = 0
    #: Name of the exception's type, of a job that has failed.
    failure: Optional[str] = None
    #: That works on it, as of `threading.get_ident()`.
    thread = 0
    #: Whether it is counted as submitted, and not heard of again.
    is_untracked = False

    def __init__(
        self,
        executor: ExecutorState,
        address: int,
        function: str,
        code: Optional[CodeType],
        instruction: int,
        task_address: int,
    ) -> None:
        """`address` is that of its future."""
        self.executor = executor
        self.address = address
        self.function = function
        self.code = code
        self.instruction = instruction
        self.task_address = task_address
        self.submitted_ns = monotonic_ns()

    @property
    def worker(self) -> Optional[str]:
        """Name of the thread that works on it, None where that is not known."""
        thread: Any = threading._active.get(self.thread)  # type: ignore[attr-defined]
        return None if thread is None else str(thread.name)

    def start(self, now_ns: int, thread: int) -> None:
        """A worker takes the job, in a thread as of `threading.get_ident()`, 0 when it is in another process. `now_ns`
        is a reading of the monotonic clock."""
        self.thread = thread
        self.started_ns = now_ns
        self.executor.taken.append(self)

    def finish(self, now_ns: int, exception: Optional[BaseException] = None) -> None:
        """The job is done, or has failed with an exception, or was cancelled before a worker took it. `now_ns` is a
        reading of the monotonic clock."""
        executor = self.executor
        executor.jobs.pop(self.address, None)
        if exception is not None:
            # Not the exception itself: what that refers to would live on with it.
            self.failure = type(exception).__name__
        self.ended_ns = now_ns
        executor.ended.append(self)

    @property
    def outcome(self) -> str:
        """How it ended, once it has."""
        return "cancelled" if not self.started_ns else "done" if self.failure is None else "failed"

    def process_done(self, future: Any) -> None:
        """Done-callback of a job in a process pool; runs in the pool's own thread."""
        if not self.started_ns and not future.cancelled():
            # Taken and done between two looks of the watchdog: all that is known is that it ran no longer than this.
            self.start(self.submitted_ns, 0)
        self.finish(monotonic_ns(), future._exception)
