"""Rule `busy-poll`: a task or callback puts itself back into the ready queue over and over, so the loop never rests.

Seen from inside the loop, once a second: the same task, suspended by a bare yield (`sleep(0)`), or the same callback,
each time under a new handle, is in the ready queue in every one of `ITERATIONS` iterations on end.
"""

from __future__ import annotations

from typing import NamedTuple

from .verdict import LOOK_AGAIN, OK, Evidence, Verdict, warn

RULE = "busy-poll"
SEVERITY = "warning"
ITERATIONS = 20
THRESHOLD_LOOKS = 3
"""At so many looks in a row, a second apart, the same one must be at it."""
THRESHOLD_PER_SECOND = 1000
"""A loop that turns less often in a second of processor time does some work at each turn."""
THRESHOLD_PROCESSOR_SHARE = 0.1
"""The loop's thread must have used this part of the time between the looks, which an idle loop never does."""


class Spin(NamedTuple):
    """One that was there in every iteration of a look."""

    what: str
    looks: int
    iterations_per_second: float
    processor_share: float


def check(spin: Spin) -> Verdict:
    """Warns when the same one was at it at `THRESHOLD_LOOKS` looks in a row."""
    if spin.iterations_per_second < THRESHOLD_PER_SECOND:
        return OK
    if spin.looks < THRESHOLD_LOOKS or spin.processor_share < THRESHOLD_PROCESSOR_SHARE:
        return LOOK_AGAIN
    return warn(
        what=spin.what,
        looks=spin.looks,
        iterations_per_second=round(spin.iterations_per_second),
        processor_share=spin.processor_share,
    )


def format(evidence: Evidence) -> str:
    """The sentence for one task or callback."""
    return (
        f"{evidence['what']} runs again and again without waiting for anything: the loop turned "
        f"{evidence['iterations_per_second']:g} times in a second of processor time and used "
        f"{100 * float(evidence['processor_share'] or 0):.0f} % of a processor."
    )


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} of them do so"
