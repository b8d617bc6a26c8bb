"""One loop and the place where its thread waits while it is held."""

from __future__ import annotations

import asyncio
import queue
import threading
import weakref
from asyncio import base_events
from collections.abc import Callable
from types import MethodType
from typing import Any, Optional

from ..loops import OwnCallback
from .breakpoints import Place
from .loop_clock import clock_of
from .stops import Stop

# What a loop runs after it was woken from another thread, as each hold does: it empties the pipe it was woken by.
_WAKINGS = tuple(
    getattr(getattr(asyncio, loop), method)
    for loop, method in (("SelectorEventLoop", "_read_from_self"), ("ProactorEventLoop", "_loop_self_reading"))
    if hasattr(asyncio, loop)
)


def is_own_callback(callback: Any) -> bool:
    """Whether a callback is none of the program's: one of ours, or how the loop takes note that it was woken."""
    if isinstance(callback, OwnCallback):
        return True
    return type(callback) is MethodType and any(callback.__func__ is each for each in _WAKINGS)


class Marker(OwnCallback):
    """A callback that does nothing, but brings its loop to a hold point; it is one itself where there are no others."""

    __slots__ = ("gate", "on_uncontrolled")

    def __init__(self, gate: Gate, on_uncontrolled: Optional[Callable[[Gate], None]]) -> None:
        self.gate = gate
        self.on_uncontrolled = on_uncontrolled

    def __call__(self) -> None:
        self.gate.marker = None
        if self.on_uncontrolled is not None:
            self.on_uncontrolled(self.gate)


class Departure:
    """A callback of the program that runs, and what was noted before it began.

    Its task is kept for the length of the step, as one that ends may otherwise be gone before it was looked at.
    """

    __slots__ = ("awaited", "places", "task")

    def __init__(self, task: Any, places: list[Place], awaited: bool) -> None:
        self.task = task
        self.places = places
        self.awaited = awaited


class Gate:
    """One loop. `parked` and what is put into `work` belong to the controller's lock, the rest to the loop's thread."""

    def __init__(self, loop: Any, identifier: int, name: str) -> None:
        self.loop = weakref.ref(loop)
        self.id = identifier
        self.name = name
        self.clock = clock_of(loop)
        self.has_hold_points = isinstance(loop, base_events.BaseEventLoop)
        """Whether each callback of the loop passes a hold point. On other loops only pause and inspection work."""
        self.thread = 0
        self.parked = False
        self.parked_ns = 0
        """When it was last parked, in nanoseconds of the monotonic clock."""
        self.passing = False
        """Whether the loop may run although the others are held."""
        self.inspection: Any = None
        self.stop: Optional[Stop] = None
        self.handle: Any = None
        self.pending: Optional[Stop] = None
        self.departure: Optional[Departure] = None
        self.places: list[Place] = []
        """Where the task that is about to step is suspended, as far as breakpoints may stop there."""
        self.marker: Optional[Marker] = None
        self._work: queue.SimpleQueue[Optional[Callable[[], None]]] = queue.SimpleQueue()

    def give(self, work: Optional[Callable[[], None]]) -> None:
        """Have the parked thread do something, or go on when there is nothing."""
        self._work.put(work)

    def wait(self, on_error: Callable[[], None]) -> None:
        """Wait in the loop's thread and do what is given, until told to go on."""
        self.thread = threading.get_ident()
        while True:
            work = self._work.get()
            if work is None:
                return
            try:
                work()
            except Exception:
                on_error()
            del work

    def send_marker(self, on_uncontrolled: Callable[[Gate], None]) -> None:
        """Make sure that the loop comes to a hold point, from any thread."""
        loop = self.loop()
        if loop is None or self.marker is not None:
            return
        self.marker = Marker(self, None if self.has_hold_points else on_uncontrolled)
        try:
            loop.call_soon_threadsafe(self.marker)
        except RuntimeError:
            # The loop is closed.
            self.marker = None

    def send_marker_from_own_thread(self) -> None:
        """Make sure that there is a hold point after the callback that runs next."""
        loop = self.loop()
        if loop is None or self.marker is not None:
            return
        ready = loop._ready
        if ready and not ready[-1]._cancelled:
            # There is one before each callback.
            return
        self.marker = Marker(self, None)
        # Not by way of the instance: a program may have put its own `call_soon` there.
        base_events.BaseEventLoop.call_soon(loop, self.marker)
