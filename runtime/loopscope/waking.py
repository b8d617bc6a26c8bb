"""Lets the GIL go, and takes down what threads do at the very moment it comes back.

Whoever has waited for the GIL may lose it again before the next bytecode, where the system gave the processor to
somebody else meanwhile: then what held the loop is over, and a look sees the line after it. So the wait and the walk
through the stacks are one call into C, within which nobody is given the GIL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import accumulate, chain, islice, repeat, takewhile, tee
from operator import attrgetter, methodcaller, truth
from types import FrameType
from typing import Any, NamedTuple

from . import frames
from .clock import monotonic_ns

#: Frames, the innermost first, each with the instruction that it was at, as of `frame.f_lasti`. The frames go on.
Stack = list[tuple[FrameType, int]]

_call: Callable[[Any], Any] = partial.__call__
_now = partial(monotonic_ns)
_instruction = attrgetter("f_lasti")
_nothing = partial(bool)


class Moment(NamedTuple):
    """What threads did at one moment of the monotonic clock.

    `stacks` are by `threading.get_ident()`, and empty for a thread that ran no Python code.
    """

    now_ns: int
    stacks: dict[int, Stack]


def moment_after(call: partial[Any], threads: list[int]) -> tuple[Any, Moment]:
    """What a call into C gives, and what threads do at the moment at which it returns. Raises what the call raises."""
    # Once for each thread: so no frame of any other is held for longer than it takes to find that of the thread, for
    # what a frame refers to lives as long.
    results = chain(map(_call, (call, _now)), frames.times(len(threads)))
    walks = [_walk(thread, islice(results, 1)) for thread in threads]
    result, now_ns, *stacks = list(chain(islice(results, 2), map(list, walks)))
    return result, Moment(now_ns, dict(zip(threads, stacks)))


def this_moment(threads: list[int]) -> Moment:
    """What threads do now. Keeps the GIL."""
    return moment_after(_nothing, threads)[1]


def _walk(thread: int, moments: Iterator[dict[int, FrameType]]) -> Iterator[tuple[FrameType, int]]:
    """Walks, once it is asked for, through the stack of a thread that the first of `moments` tells of."""
    innermost = map(methodcaller("get", thread), moments)
    outwards = takewhile(truth, accumulate(chain(innermost, repeat("f_back")), getattr))
    stack, again = tee(outwards)
    return zip(stack, map(_instruction, again))
