"""Rule `never-retrieved`: a task or future failed and nobody ever asked for its exception.

Asyncio says so when it frees the task. A failed task that is still there at exit has not been asked either, and nobody
is left who could.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from .verdict import OK, Evidence, Verdict, warn

RULE = "never-retrieved"
SEVERITY = "error"


class Failure(NamedTuple):
    """A task or future that failed."""

    name: Optional[str]
    exception: str
    raised_at: Optional[str]
    retrieved: bool
    at_exit: bool


def check(failure: Failure) -> Verdict:
    """Warns of every failure that was not retrieved."""
    if failure.retrieved:
        return OK
    return warn(task=failure.name, exception=failure.exception, raised_at=failure.raised_at, at_exit=failure.at_exit)


def format(evidence: Evidence) -> str:
    """The sentence for one failure."""
    who = f"Task {evidence['task']}" if evidence["task"] else "A future"
    where = f" at {evidence['raised_at']}" if evidence["raised_at"] else ""
    when = "by the end of the program" if evidence["at_exit"] else "before it was freed"
    return f"{who} failed with {evidence['exception']}{where}, and nobody asked for the exception {when}."


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} failures went unseen"
