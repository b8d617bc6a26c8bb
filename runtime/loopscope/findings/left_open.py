"""Rule `left-open`: at the end of the program a loop was not closed, or a pool was not shut down."""

from __future__ import annotations

from typing import NamedTuple

from .verdict import OK, Evidence, Verdict, warn

RULE = "left-open"
SEVERITY = "information"


class AtExit(NamedTuple):
    """A loop or a pool that is still referred to when the program has ended."""

    what: str
    """`loop` or `pool`."""
    type: str
    closed: bool
    running: bool


def check(thing: AtExit) -> Verdict:
    """Warns of whatever is still open."""
    if thing.closed:
        return OK
    return warn(what=thing.what, type=thing.type, running=thing.running)


def format(evidence: Evidence) -> str:
    """The sentence for one loop or pool."""
    if evidence["what"] == "pool":
        return f"The {evidence['type']} that got its first job here was not shut down when the program ended."
    if evidence["running"]:
        return f"The event loop {evidence['type']} was still running when the program ended."
    return f"The event loop {evidence['type']} was not closed when the program ended."


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} were left open"
