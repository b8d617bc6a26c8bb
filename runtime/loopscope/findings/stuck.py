"""Rule `stuck`: a task waits on something that nobody else refers to, so nobody can ever complete it.

Counted references prove it: all of those to the future, event or queue come from the waiting task itself. A bare
`await asyncio.Future()` or `await asyncio.Event().wait()`, which the program gave no name, is how one waits for ever on
purpose and is left alone; so is a wait with a time limit.
"""

from __future__ import annotations

from typing import NamedTuple

from .verdict import LOOK_AGAIN, OK, Evidence, Verdict, seconds, warn

RULE = "stuck"
SEVERITY = "error"
THRESHOLD_SECONDS = 1.0


class Waiter(NamedTuple):
    """A task that waits without a time limit."""

    task: str
    awaited: str
    waited_seconds: float
    held_by_others: bool
    named: bool
    """Whether the program keeps the awaited thing in a variable, apart from awaiting it."""


def check(waiter: Waiter) -> Verdict:
    """Warns when nobody but the waiter refers to what it waits on."""
    if waiter.held_by_others or not waiter.named:
        return OK
    if waiter.waited_seconds < THRESHOLD_SECONDS:
        return LOOK_AGAIN
    return warn(task=waiter.task, awaited=waiter.awaited, waited_seconds=waiter.waited_seconds)


def format(evidence: Evidence) -> str:
    """The sentence for one task."""
    return (
        f"Task {evidence['task']} has waited here for {seconds(float(evidence['waited_seconds'] or 0))} on "
        f"{evidence['awaited']} that nothing else in the program refers to: nobody can complete it."
    )


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} tasks are stuck here"
