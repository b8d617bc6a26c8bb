"""Rule `queue-growth`: a queue without a limit only ever becomes longer: it is filled faster than it is emptied."""

from __future__ import annotations

from typing import NamedTuple

from .verdict import LOOK_AGAIN, OK, Evidence, Verdict, seconds, warn

RULE = "queue-growth"
SEVERITY = "warning"
THRESHOLD_LOOKS = 5
"""At so many looks in a row, a second apart, the queue must be longer than at the one before."""
THRESHOLD_ITEMS = 100


class Growth(NamedTuple):
    """One queue since it was last seen not to have grown."""

    type: str
    limit: int
    items_before: int
    items: int
    looks: int
    lasted_seconds: float


def check(growth: Growth) -> Verdict:
    """Warns when a queue without a limit grew at `THRESHOLD_LOOKS` looks in a row to at least `THRESHOLD_ITEMS`."""
    if growth.limit > 0 or not growth.looks:
        return OK
    if growth.looks < THRESHOLD_LOOKS or growth.items < THRESHOLD_ITEMS:
        return LOOK_AGAIN
    return warn(
        queue=growth.type,
        items_before=growth.items_before,
        items=growth.items,
        over_seconds=growth.lasted_seconds,
        items_per_second=(growth.items - growth.items_before) / max(growth.lasted_seconds, 1e-3),
    )


def format(evidence: Evidence) -> str:
    """The sentence for one queue."""
    return (
        f"The {evidence['queue']} made here only becomes longer: from {evidence['items_before']} to "
        f"{evidence['items']} items within {seconds(float(evidence['over_seconds'] or 0))}. "
        "It has no limit: give it a maxsize, or more consumers."
    )


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} queues made here grow"
