"""Which line made a task, or submitted a job, told from the frames below whoever saw it being made."""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, Optional

from ..sight import RUN_ONCE
from ..sites import FileKinds, is_own_file


def maker_of(frame: Optional[FrameType], kinds: FileKinds) -> tuple[Optional[CodeType], int]:
    """Code and instruction of the innermost frame that is the user's; without one, those of `library_caller`."""
    innermost = frame
    while frame is not None:
        code = frame.f_code
        if kinds[code.co_filename]:
            return code, frame.f_lasti
        if code is RUN_ONCE:
            break
        frame = frame.f_back
    return library_caller(innermost)


def library_caller(frame: Optional[FrameType]) -> tuple[Optional[CodeType], int]:
    """The innermost frame, up to the loop's, that is neither asyncio's nor ours."""
    while frame is not None:
        code = frame.f_code
        if code is RUN_ONCE:
            break
        module = frame.f_globals.get("__name__", "")
        if not module.startswith(("asyncio", "loopscope", "concurrent.futures")):
            return code, frame.f_lasti
        frame = frame.f_back
    return None, 0


def hide_from_source_traceback(task: Any) -> None:
    """In debug mode a task remembers the stack that made it: our wrappers' lines are not part of the program."""
    traceback = getattr(task, "_source_traceback", None)
    if traceback:
        traceback[:] = [entry for entry in traceback if not is_own_file(entry.filename)]
