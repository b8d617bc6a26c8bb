"""Rule `iteration-overfull`: one turn of the loop was long, and no single callback in it was.

So many callbacks were ready at once that together they held everybody up. Nobody's line is to blame: the biggest that
were seen are listed.
"""

from __future__ import annotations

from typing import NamedTuple

from .verdict import OK, Evidence, Verdict, plural, warn

RULE = "iteration-overfull"
SEVERITY = "warning"
THRESHOLD_CALLBACKS = 10


class Iteration(NamedTuple):
    """One turn of the loop, as far as the looks of the watchdog saw it; milliseconds."""

    lasted_ms: float
    longest_ms: float
    """No callback of it can have been longer than this."""
    callbacks: int
    loop_ran_ms: float
    biggest: str
    threshold_ms: float


def check(iteration: Iteration) -> Verdict:
    """Warns of a turn over the threshold for blocks, of many callbacks that are all well under it."""
    if iteration.lasted_ms < iteration.threshold_ms or iteration.callbacks < THRESHOLD_CALLBACKS:
        return OK
    if iteration.longest_ms >= iteration.threshold_ms or iteration.loop_ran_ms < 0.5 * iteration.lasted_ms:
        # A single one is the rule `blocking`; a loop that did not get to run was kept from it by others.
        return OK
    return warn(
        lasted_ms=iteration.lasted_ms,
        callbacks=iteration.callbacks,
        longest_ms=iteration.longest_ms,
        biggest=iteration.biggest,
    )


def format(evidence: Evidence) -> str:
    """The sentence for one iteration."""
    return (
        f"One turn of the loop took {float(evidence['lasted_ms'] or 0):.0f} ms for "
        f"{plural(int(evidence['callbacks'] or 0), 'callback')}, none of them longer than "
        f"{float(evidence['longest_ms'] or 0):.0f} ms: too much was ready at once. Seen in it: {evidence['biggest']}."
    )


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} turns were too full"
