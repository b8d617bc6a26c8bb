"""The frames of all threads, where it is safe to ask for them.

`sys._current_frames()` makes an object for the frame that each thread runs, of every interpreter of the process. From
Python 3.12 on an interpreter may have memory of its own: it then frees what was made in ours, and the process ends. So
nothing is asked for while there is more than one.

Nor is it quite safe to ask how many there are: Python goes from one to the next without a lock, and the next may be
ending. So once there was more than one it is not asked again for a while.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import repeat
from types import FrameType
from typing import Any, Optional

from .clock import monotonic_ns

# While the program may be making interpreters and ending them.
_CAUTION_NS = 200_000_000
# To ask how many interpreters there are takes a cold thread as long as all the rest of a look at a resting loop.
_ASK_EVERY_NS = 200_000_000
# When frames could be seen for as long as this in between, it is said anew that they cannot.
_SAY_AGAIN_NS = 10_000_000_000
_SENTENCE = (
    "While the program has more than one Python interpreter, what holds its loops is not seen: to look at its threads "
    "could end it. It is seen again once the other interpreters are gone."
)


def _find_lister() -> Callable[[], Any]:
    for name in ("_interpreters", "_xxsubinterpreters") if sys.version_info >= (3, 12) else ():
        try:
            lister: Callable[[], Any] = importlib.import_module(name).list_all
        except (ImportError, AttributeError):
            continue
        return lister
    return partial(tuple, (None,))


_all_interpreters = _find_lister()
_call: Callable[[Any], Any] = partial.__call__
# By the number of interpreters.
_look = {1: partial(sys._current_frames)}
_blind: Callable[[], dict[int, FrameType]] = partial(dict)
# Until then it is taken for granted that there is more than one interpreter.
_blind_until_ns = 0


def times(count: int) -> Iterator[dict[int, FrameType]]:
    """The frames of all threads as of each time that the iterator is asked, which it is so often at most; none while
    they cannot be seen. Each time is one call into C, which keeps the GIL."""
    if monotonic_ns() < _blind_until_ns:
        return map(_call, repeat(_blind, count))
    interpreters = map(len, map(_call, repeat(partial(_all_interpreters), count)))
    return map(_call, map(_look.get, interpreters, repeat(_blind)))


def current_frames() -> dict[int, FrameType]:
    """The frames of all threads, by `threading.get_ident()`; none while they cannot be seen."""
    return next(times(1))


def can_be_seen(now_ns: Optional[int] = None) -> bool:
    """Whether the frames of threads can be seen now, which is at `now_ns` of the monotonic clock."""
    global _blind_until_ns
    now = monotonic_ns() if now_ns is None else now_ns
    if now < _blind_until_ns:
        return False
    if len(_all_interpreters()) == 1:
        return True
    _blind_until_ns = now + _CAUTION_NS
    return False


class Blindness:
    """Says when the frames of threads cannot be seen, and so what holds a loop is missed."""

    def __init__(self, tell: Callable[[str, str, str], None]) -> None:
        """`tell` takes severity, code and sentence of a notice."""
        self._tell = tell
        self._next_ns = 0
        self._last_ns: Optional[int] = None

    def look(self) -> None:
        """To be called at every tick while somebody asks."""
        now = monotonic_ns()
        if now < self._next_ns:
            return
        self._next_ns = now + _ASK_EVERY_NS
        if can_be_seen(now):
            return
        if self._last_ns is None or now - self._last_ns >= _SAY_AGAIN_NS:
            self._tell("warning", "holds-not-seen", _SENTENCE)
        self._last_ns = now
