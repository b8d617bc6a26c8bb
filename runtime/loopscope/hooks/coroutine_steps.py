"""Sees the steps of tasks on loops that do not run asyncio's handles, such as uvloop's, by `sys.monitoring`.

A step is a stretch in which the interpreter runs the coroutine of the task that is current: from where that starts or
goes on to where it waits, returns or fails. Only in the code of such coroutines is asked for where they go on and wait.
Which code that is, is learnt as tasks start: every function is seen once, coroutine functions each time they start.

It takes Python 3.12. What no Python code runs, such as coroutines made by Cython, has no events. What an asynchronous
generator does with an exception that is thrown into it is no step until a coroutine around it goes on.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
from collections.abc import Callable, Sequence
from types import CodeType, FrameType
from typing import Any, NamedTuple, Optional

from .. import monitoring
from ..clock import monotonic_ns
from ..loops import OwnCallback
from .steps import SLOW_NS

#: Whether this interpreter can tell.
AVAILABLE = monitoring.AVAILABLE
# Coroutines whose code is of no more kinds than this are followed.
_MAX_CODES = 50_000


class Watched(NamedTuple):
    """A loop that runs in a thread, by its address and its number, and the log of its steps."""

    address: int
    loop: Any
    thread: int
    log: list[int]


class _Lane(OwnCallback):
    """One loop. Belongs to the thread that the loop runs in, but for `note` and `until_ns`.

    As a callback of that loop it enters itself, so that it begins between two steps.
    """

    __slots__ = (
        "_lanes",
        "began_ns",
        "depth",
        "is_due",
        "is_wanted",
        "lost",
        "note",
        "outer",
        "root",
        "task",
        "until_ns",
    )

    def __init__(self, lanes: dict[int, _Lane], note: Callable[[tuple[int, ...]], None]) -> None:
        self._lanes = lanes
        self.note = note
        self.until_ns = 0
        self.lost = 0
        self.is_due = False
        self.is_wanted = True
        # Of the step that is under way: the code of the task's coroutine, how often that is entered, when it began,
        # and the address of the task.
        self.root: Optional[CodeType] = None
        self.depth = 0
        self.began_ns = 0
        self.task = 0
        # An exception that is thrown into a task arrives in the innermost coroutine first. While that has it, these
        # are the coroutines around it, the outermost first.
        self.outer: list[CodeType] = []

    def __call__(self) -> None:
        self.is_due = False
        if self.is_wanted:
            self.root, self.outer = None, []
            self._lanes[threading.get_ident()] = self


class CoroutineStepsHook:
    """Appends to a loop's log what `StepsHook` appends, for each step of a task; of the ready queue nothing is known,
    so that is said to be empty.

    In the loop's thread `on_slow(task, began_ns)` is called after a step that took longer than `SLOW_NS`, and
    `on_first(task)` before the first of a task, unless it is None.
    """

    def __init__(
        self,
        on_slow: Callable[[Any, int], None],
        on_first: Optional[Callable[[Any], None]],
        on_error: Callable[[], None],
    ) -> None:
        self._on_slow = on_slow
        self._on_first = on_first
        self._on_error = on_error
        # Whoever has it may be interrupted by a destructor that runs coroutines.
        self._lock = threading.RLock()
        self._tool: Optional[int] = None
        # By thread; those of threads in which a loop runs now.
        self._lanes: dict[int, _Lane] = {}
        self._by_loop: dict[int, _Lane] = {}
        self._codes: dict[int, CodeType] = {}
        self._lost_before = 0

    @property
    def lost(self) -> int:
        """Steps that no log took, because nobody worked the logs off."""
        return self._lost_before + sum(lane.lost for lane in list(self._by_loop.values()))

    def watch(self, loops: Sequence[Watched], until_ns: int) -> bool:
        """Log the steps on these loops until then. Any thread. False when other tools leave no room.

        A loop that runs already in another thread, or that is in a step, is watched from its next callback on.
        """
        with self._lock:
            if self._tool is None and loops and not self._begin():
                return False
            watched = {each.thread: each.address for each in loops}
            for address in self._by_loop.keys() - set(watched.values()):
                gone = self._by_loop.pop(address)
                gone.is_wanted = False
                self._lost_before += gone.lost
            for address, loop, thread, log in loops:
                lane = self._by_loop.get(address)
                if lane is None:
                    lane = self._by_loop[address] = _Lane(self._lanes, log.extend)
                lane.note, lane.until_ns = log.extend, until_ns
                if self._lanes.get(thread) is not lane and not lane.is_due:
                    self._send(lane, loop, thread)
            for thread, lane in list(self._lanes.items()):
                if lane is not self._by_loop.get(watched.get(thread, 0)):
                    del self._lanes[thread]
            return True

    def follow(self, code: CodeType) -> bool:
        """See where coroutines of this code go on and wait: a task runs one. Any thread. False when it cannot be."""
        if id(code) in self._codes:
            return True
        with self._lock:
            tool = self._tool
            if tool is None or len(self._codes) >= _MAX_CODES:
                return False
            self._codes[id(code)] = code
            events = monitoring.EVENTS
            monitoring.API.set_local_events(tool, code, events.PY_RESUME | events.PY_YIELD | events.PY_RETURN)
            return True

    def remove(self) -> None:
        """Leave nothing behind in the interpreter. Any thread."""
        with self._lock:
            tool, self._tool = self._tool, None
            if tool is None:
                return
            self._lost_before = self.lost
            for lane in self._by_loop.values():
                lane.is_wanted = False
            self._by_loop.clear()
            self._lanes.clear()
            monitoring.give_back(tool, self._handlers(), self._codes.values())
            self._codes.clear()

    def _begin(self) -> bool:
        tool = monitoring.take()
        if tool is None:
            return False
        api, events = monitoring.API, monitoring.EVENTS
        for event, handler in self._handlers().items():
            api.register_callback(tool, event, handler)
        self._tool = tool
        # The latter two cannot be asked for in some code only.
        api.set_events(tool, events.PY_START | events.PY_THROW | events.PY_UNWIND)
        return True

    def _send(self, lane: _Lane, loop: Any, thread: int) -> None:
        if thread == threading.get_ident() and asyncio.current_task(loop) is None:
            # It is about to run.
            lane()
            return
        try:
            loop.call_soon_threadsafe(lane)
            lane.is_due = True
        except RuntimeError:
            # Closed.
            pass

    def _handlers(self) -> dict[int, Callable[..., object]]:
        """By event, what is called with the code: as it starts, goes on, or stops. Any thread."""
        lane_of = self._lanes.get
        follow = self.follow
        first = None if self._on_first is None else self._first
        slow = self._slow
        coroutine = inspect.CO_COROUTINE
        current: Any = asyncio.current_task
        getframe = sys._getframe
        ident = threading.get_ident
        now = monotonic_ns
        disable = monitoring.API.DISABLE

        def resumed(code: CodeType, _offset: int) -> None:
            lane = lane_of(ident())
            if lane is None:
                return
            root = lane.root
            if root is None:
                try:
                    task = current()
                    # A task may run native code that runs this.
                    if task.get_coro().cr_code is not code:
                        return
                except Exception:
                    return
                lane.task = id(task)
                lane.depth = 1
                lane.root = code
                lane.began_ns = now()
            elif root is code:
                lane.depth += 1

        def thrown(code: CodeType, _offset: int, _exception: object) -> None:
            lane = lane_of(ident())
            if lane is None:
                return
            if lane.root is None:
                chain = _coroutines_above(getframe(1))
                try:
                    task = current()
                    if not chain or task.get_coro().cr_code is not chain[-1]:
                        return
                except Exception:
                    return
                if not all([follow(each) for each in chain]):
                    return
                lane.task = id(task)
                lane.outer = chain[:0:-1]
                lane.depth = 1
                lane.root = code
                lane.began_ns = now()
            elif lane.root is code:
                lane.depth += 1

        def started(code: CodeType, offset: int) -> object:
            if not code.co_flags & coroutine:
                return disable
            lane = lane_of(ident())
            if lane is not None:
                if lane.root is None:
                    resumed(code, offset)
                    if lane.root is code:
                        if first is not None:
                            first()
                            lane.began_ns = now()
                        if not follow(code):
                            lane.root = None
                elif lane.root is code:
                    lane.depth += 1
            return None

        def left(code: CodeType, offset: int, value: object) -> None:
            lane = lane_of(ident())
            if lane is None or lane.root is not code:
                return
            if lane.depth == 1 and lane.outer:
                lane.root = lane.outer.pop()
                lane.depth = 0
            else:
                waits(code, offset, value)

        def waits(code: CodeType, _offset: int, _value: object) -> None:
            lane = lane_of(ident())
            if lane is None or lane.root is not code:
                return
            if lane.depth > 1:
                lane.depth -= 1
                return
            at = now()
            took = at - lane.began_ns
            lane.root = None
            if lane.outer:
                lane.outer = []
            if at < lane.until_ns:
                lane.note((lane.task, took, at, 0, 0))
            else:
                lane.lost += 1
            if took > SLOW_NS:
                slow(at - took)

        events = monitoring.EVENTS
        return {
            events.PY_START: started,
            events.PY_RESUME: resumed,
            events.PY_THROW: thrown,
            events.PY_YIELD: waits,
            events.PY_RETURN: left,
            events.PY_UNWIND: left,
        }

    def _first(self) -> None:
        try:
            if self._on_first is not None:
                self._on_first(asyncio.current_task())
        except Exception:
            self._on_error()

    def _slow(self, began_ns: int) -> None:
        try:
            self._on_slow(asyncio.current_task(), began_ns)
        except Exception:
            self._on_error()


def _coroutines_above(frame: Optional[FrameType]) -> list[CodeType]:
    """The code of a coroutine and of those that wait for it, the innermost first."""
    chain: list[CodeType] = []
    while frame is not None and frame.f_code.co_flags & inspect.CO_COROUTINE:
        chain.append(frame.f_code)
        frame = frame.f_back
    return chain
