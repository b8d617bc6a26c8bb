"""Follows a loop's ready queue through its log of callbacks: when each of them was put in, and by whom.

The queue is first in, first out, and its length is known before and after each callback. So what a callback put in can
be counted, and each of those meets its own turn later in the same order. What joined between two callbacks was put in
by the loop itself (timers that are due, sockets that are ready) or by another thread.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple


class Turns(NamedTuple):
    """For each callback of a stretch of the log when it was put in, in nanoseconds, and the task that did that (0: the
    loop, another thread, a plain callback); and how often the loop went round."""

    ready_ns: list[int]
    wakers: list[int]
    iterations: int


class ReadyQueue:
    """The queue of one loop."""

    __slots__ = ("_in_turn", "_waiting")

    def __init__(self) -> None:
        # When each that waits was put in, and the task that did that.
        self._waiting: deque[tuple[int, int]] = deque()
        # Callbacks left in this turn of the loop.
        self._in_turn = 0

    def follow(self, tasks: list[int], starts: list[int], ends: list[int], queued: list[int], left: list[int]) -> Turns:
        """Follow a stretch of the log; columns of equal length, times in nanoseconds."""
        waiting = self._waiting
        put, take = waiting.append, waiting.popleft
        in_turn = self._in_turn
        iterations = 0
        ready: list[int] = []
        wakers: list[int] = []
        for task, start, end, before, after in zip(tasks, starts, ends, queued, left):
            joined = before + 1 - len(waiting)
            while joined > 0:
                put((start, 0))
                joined -= 1
            while joined < 0:
                # Cancelled while they waited: the loop passes over them.
                take()
                joined += 1
                in_turn -= 1
            if in_turn <= 0:
                iterations += 1
                in_turn = before + 1
            in_turn -= 1
            at, waker = take()
            ready.append(at)
            wakers.append(waker)
            for _ in range(after - before):
                put((end, task))
        self._in_turn = in_turn
        return Turns(ready, wakers, iterations)

    def lose_track(self, queued: list[int]) -> int:
        """Pass over a stretch of the log without following it; gives how often the loop went round in it."""
        self._waiting.clear()
        at = max(0, self._in_turn)
        iterations = 0
        end = len(queued)
        while at < end:
            iterations += 1
            at += queued[at] + 1
        self._in_turn = at - end
        return iterations
