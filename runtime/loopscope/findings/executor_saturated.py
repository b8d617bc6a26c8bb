"""Rule `executor-saturated`: every worker of a pool is busy and jobs wait, look after look.

Whatever else uses the pool waits as well; the loop's default executor is also where names are resolved.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from .verdict import LOOK_AGAIN, OK, Evidence, Verdict, plural, seconds, warn

RULE = "executor-saturated"
SEVERITY = "warning"
THRESHOLD_SECONDS = 2.0
"""For so long all workers must have been busy with jobs waiting, at every look of the watchdog."""


class Pool(NamedTuple):
    """A pool as it is now."""

    type: str
    is_default: bool
    workers: int
    queued: int
    saturated_seconds: float
    oldest_wait_seconds: float
    waiting_tasks: int
    waiting_lookups: int
    filled_by: Optional[str]
    filled_by_jobs: int


def check(pool: Pool) -> Verdict:
    """Warns once jobs have found no free worker for `THRESHOLD_SECONDS`."""
    if not pool.saturated_seconds:
        return OK
    if pool.saturated_seconds < THRESHOLD_SECONDS:
        return LOOK_AGAIN
    return warn(
        executor=pool.type,
        is_default=pool.is_default,
        workers=pool.workers,
        queued=pool.queued,
        saturated_seconds=pool.saturated_seconds,
        oldest_wait_seconds=pool.oldest_wait_seconds,
        waiting_tasks=pool.waiting_tasks,
        waiting_lookups=pool.waiting_lookups,
        filled_by=pool.filled_by,
        filled_by_jobs=pool.filled_by_jobs,
    )


def format(evidence: Evidence) -> str:
    """The sentence for one pool."""
    name = f"The loop's default {evidence['executor']}" if evidence["is_default"] else f"A {evidence['executor']}"
    workers = int(evidence["workers"] or 0)
    text = (
        f"{name} has been full for {seconds(float(evidence['saturated_seconds'] or 0))}: "
        f"{'its only worker is' if workers == 1 else f'all {workers} workers are'} busy and "
        f"{plural(int(evidence['queued'] or 0), 'job waits', 'jobs wait')}, the first of them for "
        f"{seconds(float(evidence['oldest_wait_seconds'] or 0))}."
    )
    if evidence["filled_by"]:
        text += f" {plural(int(evidence['filled_by_jobs'] or 0), 'job')} of them come from {evidence['filled_by']}."
    lookups = int(evidence["waiting_lookups"] or 0)
    if lookups:
        text += f" {plural(lookups, 'name look-up waits', 'name look-ups wait')} behind them."
    return text


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} pools were full"
