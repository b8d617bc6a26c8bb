"""Rule `blocking`: a line of the program holds the event loop.

Warns of each place that held the loop for longer than the threshold by its own doing. A hold that the garbage
collector, other threads, the machine, a suspension or a debugger caused is no line's fault and gives no finding.
"""

from __future__ import annotations

from typing import Any, Optional

from ..classify import FAULTS_OF_THE_LINE

RULE = "blocking"
_DOING = {
    "sleep": "it sleeps",
    "io": "it waits for input or output",
    "lock": "it waits for another thread",
    "cpu": "Python code that computes",
    "native": "C code that computes",
}


def check(block: dict[str, Any]) -> Optional[dict[str, Any]]:
    """The `Finding` record for a `Block` record; None when no line is at fault. It has the block's id."""
    cause = block["cause"]
    if cause not in FAULTS_OF_THE_LINE:
        return None
    longest = round(block["max_ns"] / 1e6)
    what = block["callee"] or "This line"
    count = block["count"]
    times = "once, for" if count == 1 else f"{count} times, at the longest for"
    message = f"{what} held the event loop {times} {longest} ms: {_DOING[cause]}."
    victims = block["victims"]
    if victims:
        message += f" {victims} other task{'s' if victims != 1 else ''} could not run meanwhile."
    return {
        "id": block["id"],
        "rule": RULE,
        "severity": "warning",
        "site": block["site"],
        "message": message,
        "count": count,
        "evidence": {
            "cause": cause,
            "callee": block["callee"],
            "count": count,
            "total_seconds": round(block["total_ns"] / 1e9, 6),
            "max_seconds": round(block["max_ns"] / 1e9, 6),
            "victims": victims,
        },
    }
