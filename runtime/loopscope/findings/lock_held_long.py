"""Rule `lock-held-long`: an `asyncio.Lock` was not released for a long time while tasks waited for it.

While the first in the line stays the same, nobody released the lock in between: that is how long it was held at least.
Who holds it is only said when it is certain: a task that is suspended inside `async with lock`.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from .verdict import LOOK_AGAIN, OK, Evidence, Verdict, plural, seconds, warn

RULE = "lock-held-long"
SEVERITY = "warning"
THRESHOLD_SECONDS = 2.0


class HeldLock(NamedTuple):
    """A lock that tasks wait for."""

    waiters: int
    held_seconds: float
    holder: Optional[str]
    holder_at: Optional[str]
    first_waiter: Optional[str]


def check(lock: HeldLock) -> Verdict:
    """Warns when the first in the line has waited for `THRESHOLD_SECONDS`."""
    if not lock.waiters:
        return OK
    if lock.held_seconds < THRESHOLD_SECONDS:
        return LOOK_AGAIN
    return warn(
        waiters=lock.waiters,
        held_seconds=lock.held_seconds,
        holder=lock.holder,
        holder_at=lock.holder_at,
        first_waiter=lock.first_waiter,
    )


def format(evidence: Evidence) -> str:
    """The sentence for one lock."""
    held = f"for at least {seconds(float(evidence['held_seconds'] or 0))}"
    waiting = plural(int(evidence["waiters"] or 0), "task waits", "tasks wait")
    if evidence["holder"]:
        return f"Task {evidence['holder']} has held a lock {held} while it awaits here; {waiting} for the lock."
    return f"A lock that is waited for here has been held {held}, by whom is not known; {waiting} for it."


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} locks were held so long"
