"""Rule `task-leak`: tasks made on one line only ever become more; none of them ends."""

from __future__ import annotations

from typing import NamedTuple

from .verdict import LOOK_AGAIN, OK, Evidence, Verdict, seconds, warn

RULE = "task-leak"
SEVERITY = "warning"
THRESHOLD_LOOKS = 10
"""At so many looks in a row, a second apart, there must be more tasks than at the one before, and none have ended."""
THRESHOLD_ALIVE = 100


class Growth(NamedTuple):
    """Tasks of one line since the last time that one of them ended or that none was made between two looks."""

    alive_before: int
    alive: int
    ended: int
    looks: int
    lasted_seconds: float


def check(growth: Growth) -> Verdict:
    """Warns when alive tasks grew at `THRESHOLD_LOOKS` looks in a row to at least `THRESHOLD_ALIVE`."""
    if growth.ended or not growth.looks:
        return OK
    if growth.looks < THRESHOLD_LOOKS or growth.alive < THRESHOLD_ALIVE:
        return LOOK_AGAIN
    return warn(alive_before=growth.alive_before, alive=growth.alive, over_seconds=growth.lasted_seconds)


def format(evidence: Evidence) -> str:
    """The sentence for one line."""
    return (
        f"Tasks made here only become more: from {evidence['alive_before']} to {evidence['alive']} alive within "
        f"{seconds(float(evidence['over_seconds'] or 0))}, and not one of them ended."
    )


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} lines do so"
