"""What the thread of a loop is doing at one moment, taken down before anything lets the GIL go.

Frames go on changing as soon as their thread runs again, and what they refer to lives as long as they are held: so all
that is wanted of them is taken at once, and they are dropped.
"""

from __future__ import annotations

import threading
from asyncio import base_events
from types import CodeType, FrameType
from typing import Any, Optional

from . import callee as callees
from .classify import is_debugger_file
from .frames import current_frames
from .sites import SiteTable, is_own_file, line_of_instruction
from .waking import Stack

RUN_ONCE = base_events.BaseEventLoop._run_once.__code__  # type: ignore[attr-defined]
MAX_STACK = 200
_START_THREAD = threading.Thread.start.__code__


class Place:
    """Where the loop's thread was seen: the user's line, what it called, and the stack."""

    __slots__ = (
        "callee",
        "callee_has_frame",
        "code",
        "debugger",
        "in_c_code",
        "innermost_call",
        "modules",
        "site",
        "stack",
        "starts_thread",
        "weight_ns",
    )

    def __init__(self) -> None:
        self.code: Optional[CodeType] = None
        self.callee_has_frame = False
        self.innermost_call: Optional[str] = None
        self.site: Optional[int] = None
        self.callee: Optional[str] = None
        self.stack: list[int] = []
        self.modules: tuple[str, ...] = ()
        self.debugger = False
        self.in_c_code = False
        self.starts_thread = False
        self.weight_ns = 0


def is_waiting(stack: Stack) -> bool:
    """Whether this is the stack of a loop of asyncio's own that waits for something to do."""
    return len(stack) > 1 and stack[1][0].f_code is RUN_ONCE and stack[0][0].f_code.co_name == "select"


class Sight:
    """One loop at one moment.

    `key` is that of the callback that runs, None while none does; `is_over` says that one did, which has ended since:
    what was its key is not to be had any more. `end_time` is when its iteration of the loop began, in seconds by the
    loop's own clock, `index` its number in the iteration and `callbacks` how many that has. `root` is the address of
    the outermost frame of the callback: that of a coroutine is the same in all steps of a task.
    """

    __slots__ = ("_handle", "_lines", "_stack", "callbacks", "index", "is_idle", "is_over", "key", "root")

    def _begin(self) -> None:
        self.key: Optional[tuple[float, int]] = None
        self.is_idle = False
        self.is_over = False
        self.index = 0
        self.callbacks: object = None
        self.root = 0
        self._handle: Any = None
        self._lines: list[int] = []
        self._stack: Stack = []

    def __init__(self, stack: Stack, thread: int) -> None:
        """Take down what a thread did when its stack was taken. Keeps the GIL."""
        self._begin()
        loop = next((index for index, (frame, _) in enumerate(stack) if frame.f_code is RUN_ONCE), 0)
        if not loop:
            return
        if stack[loop - 1][0].f_code.co_name == "select":
            self.is_idle = True
            return
        self._stack = stack[:loop]
        # Between them is Handle._run.
        self.root = id(stack[max(0, loop - 2)][0])
        frame = stack[loop][0]
        if self._has_ended(thread):
            return
        members = frame.f_locals
        handle = members.get("handle")
        index = members.get("i")
        end_time = members.get("end_time")
        if type(members) is dict and handle is not None and frame.f_trace is None:
            # Up to Python 3.12 this is a copy that lives as long as the frame: do not keep the callback with it.
            members["handle"] = None
        if not isinstance(index, int) or not isinstance(end_time, float) or handle is None:
            self._stack.clear()
            return
        self.key = end_time, index
        self.index = index
        self.callbacks = members.get("ntodo")
        self._handle = handle

    def _has_ended(self, thread: int) -> bool:
        """Whether the callback in the stack is one that the thread has left since."""
        innermost, instruction = self._stack[0]
        frame = current_frames().get(thread)
        if frame is not innermost or innermost.f_lasti != instruction:
            outermost = self._stack[-1][0]
            while frame is not None and frame is not outermost:
                frame = frame.f_back
            self.is_over = frame is None
        return self.is_over

    @property
    def callback(self) -> Any:
        """What the loop runs: the program's own object, not to be kept."""
        return getattr(self._handle, "_callback", None)

    def take_lines(self) -> None:
        """Take down where each frame is. Keeps the GIL."""
        del self._stack[MAX_STACK:]
        self._lines = [_line_of(frame, instruction) for frame, instruction in self._stack]

    def place(self, sites: SiteTable) -> Optional[Place]:
        """Where the callback is; None unless the lines were taken."""
        return _place_of(self._stack, self._lines, sites) if self._lines else None

    def let_go(self) -> None:
        """Drop everything of the program's."""
        self._stack.clear()
        self._handle = None


def _line_of(frame: FrameType, instruction: int) -> int:
    if frame.f_lasti == instruction:
        return frame.f_lineno or 0
    # It has gone on since.
    return line_of_instruction(frame.f_code, instruction)


def _place_of(stack: Stack, lines: list[int], sites: SiteTable) -> Place:
    """The place of a stack; `lines` are those of its frames."""
    frames = [frame for frame, _ in stack]
    instruction = stack[0][1]
    place = Place()
    count = len(frames)
    # The loop's own Handle._run stands between every callback and the loop.
    while count and frames[count - 1].f_globals.get("__name__") in ("asyncio.events", "asyncio.runners"):
        count -= 1
    frames = frames[:count]
    user = next((index for index, each in enumerate(frames) if sites.kinds[each.f_code.co_filename]), None)
    fallback = None
    if user is None:
        fallback = next((index for index, each in enumerate(frames) if not _is_loop_machinery(each)), None)
    at = user if user is not None else fallback
    place.starts_thread = any(each.f_code is _START_THREAD for each in frames[:user])
    if at is not None:
        line_frame = frames[at]
        place.code = line_frame.f_code
        place.site = sites.of_line(line_frame.f_code, lines[at], line_frame.f_globals)
        inner = frames[0]
        c_call = callees.of_call_without_frame(inner.f_code, instruction, inner.f_globals)
        place.in_c_code = c_call is not None
        if at > 0:
            called = frames[at - 1]
            place.callee = callees.of_python_frame(called, sites.name_of(called.f_code, called.f_globals))
            place.callee_has_frame = True
            place.innermost_call = c_call
            place.modules = tuple(str(each.f_globals.get("__name__", "")) for each in frames[:at])
        else:
            place.callee = c_call
    place.debugger = any(is_debugger_file(each.f_code.co_filename) for each in frames)
    for index in range(len(frames) - 1, -1, -1):
        each = frames[index]
        if is_own_file(each.f_code.co_filename):
            continue
        site = sites.of_line(each.f_code, lines[index], each.f_globals)
        if site is not None:
            place.stack.append(site)
    return place


def _is_loop_machinery(frame: FrameType) -> bool:
    module: Any = frame.f_globals.get("__name__", "")
    return str(module).startswith(("asyncio", "loopscope", "selectors"))
