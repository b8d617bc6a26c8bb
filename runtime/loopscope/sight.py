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
from .sites import SiteTable, is_own_file

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


class Sight:
    """One loop at one moment.

    `key` is that of the callback that runs, None while none does. `end_time` is when its iteration of the loop began,
    in seconds by the loop's own clock, `index` its number in the iteration and `callbacks` how many that has.
    """

    __slots__ = ("_frames", "_handle", "_instruction", "_lines", "callbacks", "index", "is_idle", "key")

    def __init__(self, innermost: FrameType) -> None:
        """Take down what the thread does whose innermost frame this is. Keeps the GIL."""
        self.key: Optional[tuple[float, int]] = None
        self.is_idle = False
        self.index = 0
        self.callbacks: object = None
        self._handle: Any = None
        self._lines: list[int] = []
        self._instruction = innermost.f_lasti
        frames: list[FrameType] = []
        self._frames = frames
        frame: Optional[FrameType] = innermost
        while frame is not None and frame.f_code is not RUN_ONCE:
            frames.append(frame)
            frame = frame.f_back
        if frame is None or not frames:
            frames.clear()
            return
        if frames[-1].f_code.co_name == "select":
            self.is_idle = True
            frames.clear()
            return
        members = frame.f_locals
        handle = members.get("handle")
        index = members.get("i")
        end_time = members.get("end_time")
        if type(members) is dict and handle is not None and frame.f_trace is None:
            # Up to Python 3.12 this is a copy that lives as long as the frame: do not keep the callback with it.
            members["handle"] = None
        if not isinstance(index, int) or not isinstance(end_time, float) or handle is None:
            frames.clear()
            return
        self.key = end_time, index
        self.index = index
        self.callbacks = members.get("ntodo")
        self._handle = handle

    @property
    def callback(self) -> Any:
        """What the loop runs: the program's own object, not to be kept."""
        return getattr(self._handle, "_callback", None)

    def take_lines(self) -> None:
        """Take down where each frame is. Keeps the GIL."""
        del self._frames[MAX_STACK:]
        self._lines = [frame.f_lineno or 0 for frame in self._frames]

    def place(self, sites: SiteTable) -> Optional[Place]:
        """Where the callback is; None unless the lines were taken."""
        return _place_of(self._frames, self._lines, self._instruction, sites) if self._lines else None

    def let_go(self) -> None:
        """Drop everything of the program's."""
        self._frames.clear()
        self._handle = None


def _place_of(frames: list[FrameType], lines: list[int], instruction: int, sites: SiteTable) -> Place:
    """The place of a stack, innermost frame first; `instruction` is where that one is."""
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
            place.starts_thread = any(each.f_code is _START_THREAD for each in frames[:at])
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
