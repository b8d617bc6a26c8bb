"""The locals of a suspended frame, read without keeping anything alive afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_FRAMES_KEEP_LOCALS = sys.version_info < (3, 13)


@contextmanager
def locals_of(frame: Any) -> Iterator[Mapping[str, Any]]:
    """The locals of a frame that stands still, for the length of a `with` block, in the frame's own thread."""
    try:
        yield dict(frame.f_locals)
    finally:
        release_locals(frame)


def release_locals(frame: Any) -> None:
    """Empty the dictionary that a frame keeps of its locals once they were read, up to Python 3.12.

    The variables themselves are not in that dictionary: it is filled from them whenever it is read.
    """
    if _FRAMES_KEEP_LOCALS and frame.f_trace is None and frame.f_code.co_flags & 0x1:
        frame.f_locals.clear()
