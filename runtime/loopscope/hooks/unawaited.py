"""Hears of coroutines that were never awaited, when Python warns of them.

Python calls `warnings._warn_unawaited_coroutine`, which calls `warn` with a stack level counted from itself: a wrapper
would move the place the warning names, and stand in the traceback when warnings are errors. So the function is replaced
by the same code over other globals, a dictionary that hears of the look-up of the name `warn` and has given the
answer by the time `warn` is called.
"""

from __future__ import annotations

import dis
import sys
import warnings
from collections.abc import Callable
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple, Optional

from ..sites import FileKinds

# The first is the function itself in Python up to 3.13, the second the module in which it stands since 3.14.
_LAST_NAMES = ("warn", "_wm")
_MAX_PLACES = 1_000


class UnawaitedCoroutine(NamedTuple):
    """A coroutine that is being freed; nothing of it is kept but its code."""

    name: str
    code: Optional[CodeType]
    origin: Optional[tuple[str, int, str]]
    """File, line and function that made it, when the program tracks the origin of coroutines."""
    discarded_by: Optional[tuple[CodeType, int]]
    """Code and instruction that made it and threw it away at once, when that is what happened."""


class _Globals(dict[str, Any]):
    def __init__(self, live: dict[str, Any], note: Callable[[FrameType], None]) -> None:
        super().__init__(live)
        self._live = live
        self._note = note

    def __getitem__(self, name: str) -> Any:
        if name in _LAST_NAMES:
            self._note(sys._getframe(1))
        return self._live[name]


class UnawaitedHook:
    """Calls `on_unawaited` in whatever thread frees the coroutine; it must not raise."""

    def __init__(
        self, kinds: FileKinds, on_unawaited: Callable[[UnawaitedCoroutine], None], on_error: Callable[[], None]
    ) -> None:
        self._kinds = kinds
        self._on_unawaited = on_unawaited
        self._on_error = on_error
        self._ours: Any = None
        self._original: Any = None
        # By code and instruction: the code, so that its address stays its own, and whether it throws away what it made.
        self._discarding_places: dict[tuple[int, int], tuple[CodeType, bool]] = {}

    def install(self) -> None:
        """Put the hook in."""
        original: Any = getattr(warnings, "_warn_unawaited_coroutine", None)
        if type(original) is not FunctionType or original.__closure__:
            return
        watched = _Globals(original.__globals__, self._note)
        ours = FunctionType(original.__code__, watched, original.__name__, original.__defaults__)
        ours.__qualname__ = original.__qualname__
        ours.__module__ = original.__module__
        self._original = original
        self._ours = ours
        warnings._warn_unawaited_coroutine = ours  # type: ignore[attr-defined]

    def remove(self) -> None:
        """Take the hook out."""
        ours, self._ours = self._ours, None
        if ours is not None and getattr(warnings, "_warn_unawaited_coroutine", None) is ours:
            warnings._warn_unawaited_coroutine = self._original  # type: ignore[attr-defined]

    def _note(self, frame: FrameType) -> None:
        try:
            coroutine = frame.f_locals.get("coro")
            name = getattr(coroutine, "__qualname__", None)
            if not isinstance(name, str):
                return
            origin = getattr(coroutine, "cr_origin", None)
            code = getattr(coroutine, "cr_code", None)
            del coroutine
            self._on_unawaited(
                UnawaitedCoroutine(
                    name,
                    code if isinstance(code, CodeType) else None,
                    self._of_origin(origin),
                    self._discarding(frame.f_back),
                )
            )
        except Exception:
            self._on_error()

    def _of_origin(self, origin: Any) -> Optional[tuple[str, int, str]]:
        for file, line, function in origin or ():
            if self._kinds[file]:
                return file, line, function
        return None

    def _discarding(self, frame: Optional[FrameType]) -> Optional[tuple[CodeType, int]]:
        """A call whose result is popped off the stack by the very next instruction: an expression nobody awaits."""
        if frame is None or not self._kinds[frame.f_code.co_filename]:
            return None
        code, at = frame.f_code, frame.f_lasti
        # The same place may do it thousands of times, and the program waits for each.
        known = self._discarding_places.get((id(code), at))
        if known is None or known[0] is not code:
            if len(self._discarding_places) >= _MAX_PLACES:
                self._discarding_places.clear()
            known = self._discarding_places[id(code), at] = code, _discards(code, at)
        return (code, at) if known[1] else None


def _discards(code: CodeType, at: int) -> bool:
    """Whether the instruction at an offset pops what the one before it, a call, has given."""
    previous: Optional[dis.Instruction] = None
    for instruction in dis.get_instructions(code):
        if instruction.offset > at:
            break
        if instruction.offset == at:
            called = previous is not None and previous.opname.startswith("CALL")
            return called and instruction.opname == "POP_TOP"
        if instruction.opname != "CACHE":
            previous = instruction
    return False
