"""What is remembered of tasks and locks from one survey to the next, without keeping any of them alive."""

from __future__ import annotations

import weakref
from types import CodeType
from typing import Any, NamedTuple, Optional

from ..clock import monotonic_ns

# Code and line.
Place = tuple[CodeType, int]
# Without a survey for longer, the process may have been suspended, and nothing could come that was waited for.
LONGEST_COUNTED_NS = 2_000_000_000


class Case(NamedTuple):
    """Something for a rule to judge."""

    rule: Any
    key: Any
    place: Optional[Place]
    subject: Any
    case: Any
    task: int = 0
    """The number of the task at which a debugger may stop for it."""
    tasks: tuple[int, ...] = ()
    """The numbers of the tasks that it is about."""


class Followed:
    """What is remembered of a task from one survey to the next."""

    __slots__ = ("cancel_since_ns", "cancelled_at", "described", "seen_ns", "wait", "waited_ns", "waiter")

    def __init__(self, waiter: Any, now_ns: int) -> None:
        self.cancelled_at: Optional[weakref.ref[Any]] = None
        self.cancel_since_ns = 0
        self.begin(waiter, now_ns)

    def begin(self, waiter: Any, now_ns: int) -> None:
        """The task waits for something else now."""
        self.waiter = None if waiter is None else weakref.ref(waiter)
        self.seen_ns = now_ns
        self.waited_ns = 0
        self.wait: Optional[Wait] = None
        self.described = False

    def go_on(self, now_ns: int) -> None:
        """The task still waits for the same. A long time without a survey is counted as a short one: the process may
        have been suspended."""
        self.waited_ns += min(now_ns - self.seen_ns, LONGEST_COUNTED_NS)
        self.seen_ns = now_ns


class Wait:
    """What a task has long waited for, if it is one of the things that can stand in a circle."""

    __slots__ = ("for_lock", "has_limit", "lock", "next_task", "place", "task_name")

    def __init__(self, task_name: str, place: Optional[Place]) -> None:
        self.task_name = task_name
        self.place = place
        self.for_lock = False
        self.has_limit = False
        self.lock: Optional[weakref.ref[Any]] = None
        """One whose holder is to be sought; a lock that knows its holder gives `next_task` instead."""
        self.next_task: Optional[int] = None


class Line(NamedTuple):
    """The tasks that wait for a lock, since the first in it was first seen there."""

    lock: weakref.ref[Any]
    first: weakref.ref[Any]
    held_ns: int
    seen_ns: int


def line_of(before: Optional[Line], lock: weakref.ref[Any], first: Any) -> Line:
    """The line for a lock, where `first` waits first now."""
    now = monotonic_ns()
    if before is None or before.lock() is not lock() or before.first() is not first:
        return Line(lock, weakref.ref(first), 0, now)
    return before._replace(held_ns=before.held_ns + min(now - before.seen_ns, LONGEST_COUNTED_NS), seen_ns=now)
