"""Rule `task-dropped`: a task was freed while it was still pending, so its work just stopped.

The event loop keeps only weak references to tasks: one that nobody else holds may be freed between two of its steps.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from .verdict import OK, Evidence, Verdict, warn

RULE = "task-dropped"
SEVERITY = "error"


class Freed(NamedTuple):
    """A task that was freed."""

    name: Optional[str]
    coroutine: str
    pending: bool
    loop_closed: bool


def check(freed: Freed) -> Verdict:
    """Warns of every task that was freed before its end."""
    if not freed.pending:
        return OK
    return warn(task=freed.name, coroutine=freed.coroutine, loop_closed=freed.loop_closed)


def format(evidence: Evidence) -> str:
    """The sentence for one task."""
    why = (
        "its loop had been closed before it ended"
        if evidence["loop_closed"]
        else "nothing but the event loop's weak reference was left of it"
    )
    return f"Task {evidence['task']} ({evidence['coroutine']}) was freed while it was pending: {why}."


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} tasks were freed while they were pending"
