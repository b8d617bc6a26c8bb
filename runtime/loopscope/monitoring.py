"""A tool id of the interpreter's `sys.monitoring`, taken and given back; Python has it from 3.12 on.

Tools with a name of their own (debuggers, coverage, profilers, optimizers) have ids of their own: never taken.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import CodeType
from typing import Any, Optional

API: Any = getattr(sys, "monitoring", None)
AVAILABLE = API is not None
EVENTS: Any = API.events if AVAILABLE else None
_FREE_TOOLS = (3, 4)


def take() -> Optional[int]:
    """Take an id that nobody has; None when there is none, or before Python 3.12."""
    for tool in _FREE_TOOLS if AVAILABLE else ():
        try:
            API.use_tool_id(tool, "loopscope")
        except ValueError:
            continue
        return tool
    return None


def give_back(tool: int, events: Iterable[int], codes: Iterable[CodeType]) -> None:
    """Give an id back, and leave nothing behind: no callbacks for these events, and none of them in these codes."""
    API.set_events(tool, 0)
    for code in list(codes):
        API.set_local_events(tool, code, 0)
    for event in events:
        API.register_callback(tool, event, None)
    API.free_tool_id(tool)
