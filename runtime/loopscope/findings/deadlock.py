"""Rule `deadlock`: tasks wait for one another in a circle, directly or for a lock that the next one holds.

Every wait in the circle must have been the same for more than a second, without a time limit, and for nothing else.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from .verdict import LOOK_AGAIN, OK, Evidence, Verdict, seconds, warn

RULE = "deadlock"
SEVERITY = "error"
THRESHOLD_SECONDS = 1.0


class Wait(NamedTuple):
    """One task of the circle and what it waits for: the next task, or a lock that the next task holds."""

    task: str
    at: str
    for_lock: bool
    seconds: float


def check(circle: tuple[Wait, ...]) -> Verdict:
    """Warns of a circle that has stood still for `THRESHOLD_SECONDS`."""
    if not circle:
        return OK
    stood = min(wait.seconds for wait in circle)
    if stood < THRESHOLD_SECONDS:
        return LOOK_AGAIN
    return warn(
        tasks=len(circle),
        seconds=stood,
        circle="; ".join(
            f"{wait.task} waits at {wait.at} for {_next(circle, index)}" for index, wait in enumerate(circle[:10])
        ),
    )


def _next(circle: tuple[Wait, ...], index: int) -> str:
    following = circle[(index + 1) % len(circle)].task
    return f"a lock that {following} holds" if circle[index].for_lock else following


def format(evidence: Evidence) -> str:
    """The sentence for one circle."""
    stood = seconds(float(evidence["seconds"] or 0))
    if evidence["tasks"] == 1:
        return f"A task has waited {stood} for a lock that it holds itself: {evidence['circle']}. It can never go on."
    return f"{evidence['tasks']} tasks wait for each other and can never go on, for {stood} now: {evidence['circle']}."


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} such circles were seen"


def stuck_together(following: dict[int, list[int]]) -> dict[int, int]:
    """Of tasks that go on as soon as any one of others has, those that never can, each with one of those it waits for.

    A task that waits for nobody known, or for one that is not among the tasks, may go on.
    """
    stuck = dict(following)
    changed = True
    while changed:
        free = [task for task, others in stuck.items() if not others or any(other not in stuck for other in others)]
        changed = bool(free)
        for task in free:
            del stuck[task]
    return {task: others[0] for task, others in stuck.items()}


def circles(next_of: dict[int, int]) -> list[list[int]]:
    """The circles of a graph in which everything has one successor at most, each beginning with its smallest number."""
    circles: list[list[int]] = []
    visited: set[int] = set()
    for start in next_of:
        path: dict[int, None] = {}
        at: Optional[int] = start
        while at is not None and at not in visited and at not in path:
            path[at] = None
            at = next_of.get(at)
        if at is not None and at in path:
            members = list(path)
            circle = members[members.index(at) :]
            smallest = circle.index(min(circle))
            circles.append(circle[smallest:] + circle[:smallest])
        visited.update(path)
    return circles
