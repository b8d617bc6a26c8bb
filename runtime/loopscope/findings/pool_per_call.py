"""Rule `pool-per-call`: one line keeps making pools, uses each a little and throws it away.

Every pool starts threads or processes of its own. The line is the one that gave each pool its first job, which a pool
made for one call gets where it is made. The default executors of loops do not count.
"""

from __future__ import annotations

from typing import NamedTuple

from .verdict import LOOK_AGAIN, OK, Evidence, Verdict, warn

RULE = "pool-per-call"
SEVERITY = "warning"
THRESHOLD_GONE = 4
"""So many pools must have been gone when the next one got its first job on the same line."""


class Pools(NamedTuple):
    """The pools that had their first job from one line."""

    type: str
    made: int
    gone_before_the_next: int
    jobs: int


def check(pools: Pools) -> Verdict:
    """Warns when a line went through more than `THRESHOLD_GONE` pools."""
    if not pools.gone_before_the_next:
        return OK
    if pools.gone_before_the_next < THRESHOLD_GONE:
        return LOOK_AGAIN
    return warn(executor=pools.type, pools=pools.made, jobs=pools.jobs)


def format(evidence: Evidence) -> str:
    """The sentence for one line."""
    return (
        f"{evidence['pools']} pools ({evidence['executor']}), one after the other, got their first job here and "
        f"{evidence['jobs']} jobs in all. Make one pool and keep it."
    )


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} lines do so"
