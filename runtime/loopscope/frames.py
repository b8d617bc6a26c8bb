"""The frames of all threads, where it is safe to ask for them.

`sys._current_frames()` makes an object for the frame that each thread runs, of every interpreter of the process. From
Python 3.12 on an interpreter may have memory of its own: it then frees what was made in ours, and the process ends. So
nothing is asked for while there is more than one.

Nor is it quite safe to ask how many there are, which goes from one to the next without a lock, or to look after one has
ended: programs that made and ended interpreters crashed once in some 300 runs. So once there was more than one, neither
is done again.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import repeat
from types import FrameType
from typing import Any

from .clock import monotonic_ns

# To ask how many interpreters there are takes a cold thread as long as all the rest of a look at a resting loop.
_ASK_EVERY_NS = 200_000_000
_SENTENCE = (
    "The program has made a second Python interpreter. From now on what holds its loops is not seen: to look at its "
    "threads could end it."
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
# Whether there has been more than one interpreter.
_is_blind = False


def times(count: int) -> Iterator[dict[int, FrameType]]:
    """The frames of all threads as of each time that the iterator is asked, which it is so often at most; none while
    they cannot be seen. Each time is one call into C, which keeps the GIL."""
    if _is_blind:
        return map(_call, repeat(_blind, count))
    interpreters = map(len, map(_call, repeat(partial(_all_interpreters), count)))
    return map(_call, map(_look.get, interpreters, repeat(_blind)))


def current_frames() -> dict[int, FrameType]:
    """The frames of all threads, by `threading.get_ident()`; none while they cannot be seen."""
    return next(times(1))


def can_be_seen() -> bool:
    """Whether the frames of threads can be seen now. Once they cannot, they never can again."""
    global _is_blind
    _is_blind = _is_blind or len(_all_interpreters()) != 1
    return not _is_blind


class Blindness:
    """Says, once, that the frames of threads cannot be seen, and so what holds a loop is missed."""

    def __init__(self, tell: Callable[[str, str, str], None]) -> None:
        """`tell` takes severity, code and sentence of a notice."""
        self._tell = tell
        self._next_ns = 0
        self._was_told = False

    def look(self) -> None:
        """To be called at every tick while somebody asks."""
        now = monotonic_ns()
        if self._was_told or now < self._next_ns:
            return
        self._next_ns = now + _ASK_EVERY_NS
        if not can_be_seen():
            self._was_told = True
            self._tell("warning", "holds-not-seen", _SENTENCE)
