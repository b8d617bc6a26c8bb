"""Rule `await-pin`: finished tasks are kept in memory by a future that remembers them as tasks that await it."""

from __future__ import annotations

from typing import NamedTuple

from .verdict import OK, Evidence, Verdict, warn

RULE = "await-pin"
SEVERITY = "warning"
THRESHOLD_TASKS = 100


class Pinned(NamedTuple):
    """A future that is not done, and how many of the tasks that it remembers have finished."""

    kept_by: str
    tasks: int


def check(pinned: Pinned) -> Verdict:
    """Warns from `THRESHOLD_TASKS` finished tasks on: a finished task awaits nothing."""
    if pinned.tasks < THRESHOLD_TASKS:
        return OK
    return warn(tasks=pinned.tasks, kept_by=pinned.kept_by)


def format(evidence: Evidence) -> str:
    """The sentence for one future."""
    return (
        f"{evidence['tasks']} finished tasks made here stay in memory: {evidence['kept_by']}, which they awaited "
        "together with others and which is not done, still counts them among those that await it. "
        "Let each await a future of its own that ends with it."
    )


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} futures keep tasks made here"
