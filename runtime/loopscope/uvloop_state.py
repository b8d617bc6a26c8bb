"""What holds a loop of uvloop, whose own code is C: there is no frame of the loop to read, only what it calls.

A timer of ours, the beat, runs through the loop every 20 ms. While it comes in time nothing holds the loop. When it is
late, the frames above the one that runs the loop are those of the callback that is in the way, from about when the
beat was due; and the next beat tells when it let go.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import weakref
from types import FrameType
from typing import Any, Optional

from .clock import monotonic_ns
from .holds import Hold
from .loops import LoopState, OwnCallback
from .sight import Sight
from .sites import is_own_file
from .waking import Stack

BEAT_NS = 20_000_000
_LATE_NS = BEAT_NS * 3 // 2
_STEPPED = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
_MAX_VICTIMS = 100_000


def is_uvloop(loop: Any) -> bool:
    """Whether a loop is one of uvloop's, or made of one."""
    return any(cls.__module__ == "uvloop.loop" for cls in type(loop).__mro__)


class Beat(OwnCallback):
    """Comes round with the loop as long as that runs. Runs in the loop's thread."""

    __slots__ = ("_is_due", "_loop", "is_wanted", "ran_ns")

    def __init__(self, loop: Any) -> None:
        self.ran_ns = monotonic_ns()
        self.is_wanted = True
        self._is_due = False
        self._loop: weakref.ref[Any] = weakref.ref(loop)

    def begin(self) -> None:
        """The loop begins to run."""
        self.ran_ns = monotonic_ns()
        self.is_wanted = True
        if not self._is_due:
            self._send()

    def __call__(self) -> None:
        self.ran_ns = monotonic_ns()
        self._is_due = False
        if self.is_wanted:
            self._send()

    def _send(self) -> None:
        loop = self._loop()
        if loop is None:
            return
        try:
            loop.call_later(BEAT_NS / 1e9, self)
            self._is_due = True
        except RuntimeError:
            # Closed.
            pass


class UvloopSight(Sight):
    """One loop of uvloop at one moment. The key is made of the last beat and the number of the callback since."""

    __slots__ = ("_task",)

    def __init__(self, stack: Stack, state: UvloopState) -> None:
        """See Sight."""
        self._begin()
        self._task: Any = None
        base = next((index for index, (frame, _) in enumerate(stack) if frame is state.base), None)
        self.is_idle = base == 0
        now = monotonic_ns()
        if self.is_idle:
            state.clear_ns = now
        if not base or is_own_file(stack[base - 1][0].f_code.co_filename):
            return
        if now - state.beat.ran_ns < _LATE_NS:
            return
        # At `trace` what notes its steps may stand on it.
        top = next(index for index, (frame, _) in enumerate(stack) if not is_own_file(frame.f_code.co_filename))
        self._stack = stack[top:base]
        self.root = id(stack[base - 1][0])
        if self._has_ended(state.thread):
            return
        self.index = state.number_of(stack[base - 1][0])
        self.key = state.beat.ran_ns / 1e9, self.index
        try:
            self._task = asyncio.current_task(state.reference())
        except RuntimeError:
            self._task = None

    @property
    def callback(self) -> Any:
        """A method of the task whose step it is; None for a plain callback, which cannot be had."""
        return None if self._task is None else self._task.get_coro

    def let_go(self) -> None:
        """Drop everything of the program's."""
        super().let_go()
        self._task = None


class UvloopState(LoopState):
    """One loop of uvloop."""

    def __init__(self, identifier: int, loop: Any, now_ns: int) -> None:
        super().__init__(identifier, loop, now_ns)
        # The frame that runs the loop, kept while it does: callbacks are above it.
        self.base: Optional[FrameType] = None
        self.beat = Beat(loop)
        # When it was last seen to do nothing.
        self.clear_ns = 0
        self._number = 0
        self._numbered: tuple[int, int, int] = (0, 0, 0)
        self.can_be_asked = True

    def started(self) -> None:
        """The loop begins to run in the calling thread, or does so already and calls this."""
        super().started()
        frame: Optional[FrameType] = sys._getframe(1)
        while frame is not None and is_own_file(frame.f_code.co_filename):
            frame = frame.f_back
        self.base = frame
        self.clear_ns = monotonic_ns()
        self.beat.begin()

    def stopped(self) -> None:
        """The loop stops running."""
        super().stopped()
        self.base = None
        self.beat.is_wanted = False

    def is_idle(self, stack: Optional[Stack]) -> bool:
        """See LoopState. What it is seen to do says more than that: see UvloopSight."""
        return False

    def see(self, stack: Stack) -> Sight:
        """See LoopState."""
        return UvloopSight(stack, self)

    def number_of(self, outermost: FrameType) -> int:
        """The number, since the last beat, of the callback that this frame belongs to.

        The loop gives a task no second step before the next beat, so one coroutine is one step. The frame of a plain
        function may lie where that of another lay; so it gets a mark, which a new one does not have.
        """
        code = outermost.f_code
        seen = self.beat.ran_ns, id(outermost), id(code)
        is_same = seen == self._numbered
        if not code.co_flags & _STEPPED and outermost.f_trace is None:
            is_same = is_same and not outermost.f_trace_lines
            outermost.f_trace_lines = False
        if seen[0] != self._numbered[0]:
            self._number = 0
        elif not is_same:
            self._number += 1
        self._numbered = seen
        return self._number

    def _earliest_start_ns(self, sight: Sight, now_ns: int) -> int:
        """In the middle of the time in which it must have begun: after the last beat, before the next one was due."""
        last_ns = max(self.beat.ran_ns, self.clear_ns)
        if sight.index:
            previous = self.last
            return min(now_ns, max(last_ns, previous.now_ns if previous is not None else 0))
        due_ns = min(now_ns, self.beat.ran_ns + BEAT_NS)
        return min(now_ns, max(last_ns, (last_ns + due_ns) // 2))

    def end_hold(self, at_ns: int, reading: Any = None) -> Any:
        """The callback that was held is over: by the beat if that ran meanwhile, else by `at_ns`."""
        hold = self.hold
        if hold is not None and hold.last.now_ns <= self.beat.ran_ns < at_ns:
            at_ns = self.beat.ran_ns
        return super().end_hold(at_ns, reading)

    def _count_victims(self, hold: Hold, now_ns: int) -> int:
        """Tasks that wait for nothing but their turn. Which sleepers are due cannot be seen."""
        loop = self.reference()
        victims = 0
        if loop is None:
            return 0
        try:
            for count, task in enumerate(asyncio.all_tasks(loop)):
                waiter = getattr(task, "_fut_waiter", None)
                if id(task) != hold.callback.address and (waiter is None or waiter.done()):
                    victims += 1
                if count >= _MAX_VICTIMS:
                    break
        except RuntimeError:
            # Other threads make tasks while we look.
            pass
        return victims
