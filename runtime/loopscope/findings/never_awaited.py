"""Rule `never-awaited`: a coroutine was made and freed without ever being awaited, so nothing of it ran.

Where it was made is known when the program had coroutine origin tracking on (as asyncio's debug mode has), and when
the line that made it threw it away at once. Turning tracking on would change the text of Python's own warning, so that
is left to the program.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from .verdict import OK, Evidence, Verdict, warn

RULE = "never-awaited"
SEVERITY = "error"


class Unawaited(NamedTuple):
    """A coroutine that was freed before its first step."""

    coroutine: str
    started: bool
    made_at: Optional[str]
    defined_at: Optional[str]


def check(unawaited: Unawaited) -> Verdict:
    """Warns of every coroutine that never began."""
    if unawaited.started:
        return OK
    return warn(
        coroutine=unawaited.coroutine,
        made_at=unawaited.made_at,
        defined_at=unawaited.defined_at,
        where_made_is_known=unawaited.made_at is not None,
    )


def format(evidence: Evidence) -> str:
    """The sentence for one coroutine."""
    if evidence["where_made_is_known"]:
        return f"The coroutine {evidence['coroutine']} is made here and never awaited: nothing of it runs."
    return (
        f"A coroutine {evidence['coroutine']}, which is defined here, was made and never awaited: nothing of it ran. "
        "Run with PYTHONASYNCIODEBUG=1 to learn where it is made."
    )


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} such coroutines were never awaited"
