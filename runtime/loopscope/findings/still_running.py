"""Rule `still-running`: the program wants to end, and something keeps it from that."""

from __future__ import annotations

from typing import NamedTuple, Optional

from .verdict import LOOK_AGAIN, OK, Evidence, Verdict, seconds, warn

RULE = "still-running"
SEVERITY = "information"
THRESHOLD_SECONDS = 2.0


class Remaining(NamedTuple):
    """One thing that an ending program waits for."""

    what: str
    """`thread`, `process`, `job` (of an executor) or `task` (that was cancelled and does not end)."""
    name: str
    ended: bool
    waited_seconds: float
    queued: Optional[int] = None
    """Jobs that wait behind a job."""


def check(remaining: Remaining) -> Verdict:
    """Warns of what the end of the program has waited for `THRESHOLD_SECONDS`."""
    if remaining.ended:
        return OK
    if remaining.waited_seconds < THRESHOLD_SECONDS:
        return LOOK_AGAIN
    return warn(
        what=remaining.what, name=remaining.name, waited_seconds=remaining.waited_seconds, queued=remaining.queued
    )


_SENTENCES = {
    "thread": "The main thread has ended, and the thread {name} keeps the program running for {time} now: it is at "
    "this line, and no daemon.",
    "process": "The main thread has ended, and the program waits {time} now for its child process {name}, which is "
    "no daemon.",
    "job": "The program wants to end, and waits {time} now for the job {name}, which was submitted here.",
    "task": "The loop wants to end, and waits {time} now for task {name}: it was cancelled, and awaits here.",
}


def format(evidence: Evidence) -> str:
    """The sentence for one thing."""
    time = seconds(float(evidence["waited_seconds"] or 0))
    text = _SENTENCES[str(evidence["what"])].format(name=evidence["name"], time=time)
    queued = int(evidence["queued"] or 0)
    return text if not queued else f"{text} Behind it, {queued} more {'waits' if queued == 1 else 'wait'} in the pool."


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} things keep it running here"
