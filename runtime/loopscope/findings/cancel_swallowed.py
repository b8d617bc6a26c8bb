"""Rule `cancel-swallowed`: a task was cancelled, the cancellation has been dealt with, and the task goes on.

Since 3.11 Python counts the requests (`Task.cancelling()`). Those that a TaskGroup makes of its own task and leaves
standing are not the program's and are taken off. A task that is still inside the `except` or `finally` that the
cancellation brought it to is cleaning up and is left alone.

Before 3.11 a task keeps no trace of a request that has been delivered. All there is to see is the cancelled future that
it waited on, and whoever owned that may have cancelled it.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

from .verdict import LOOK_AGAIN, OK, Evidence, Verdict, seconds, warn

RULE = "cancel-swallowed"
SEVERITY = "warning"


class Cancelled(NamedTuple):
    """A task with cancellation requests that nobody took back."""

    task: str
    requests: int
    since_seconds: float
    went_on: bool
    """It has begun another await since, and was seen with the request before."""
    cleaning_up: bool
    """It is still handling a CancelledError."""


def check(cancelled: Cancelled) -> Verdict:
    """Warns when the task awaits something new and no longer handles the cancellation."""
    if not cancelled.requests:
        return OK
    if not cancelled.went_on or cancelled.cleaning_up:
        return LOOK_AGAIN
    return warn(task=cancelled.task, requests=cancelled.requests, since_seconds=cancelled.since_seconds)


def format(evidence: Evidence) -> str:
    """The sentence for one task."""
    return (
        f"Task {evidence['task']} was asked to cancel at least {seconds(float(evidence['since_seconds'] or 0))} ago "
        "and goes on: it now awaits here. Something caught CancelledError and did not raise it again."
    )


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} tasks did so"


def requests_are_left_standing() -> bool:
    """Whether a library is in use that cancels tasks for its own ends and, in old versions, never takes that back."""
    for name, first_good in (("aiohttp", (3, 10, 8)), ("anyio", (4, 0, 0)), ("async_timeout", (4, 0, 3))):
        if name in sys.modules:
            from importlib import metadata

            try:
                numbers = tuple(int(part) for part in metadata.version(name).split(".")[:3] if part.isdigit())
            except metadata.PackageNotFoundError:
                return True
            if numbers < first_good:
                return True
    return False
