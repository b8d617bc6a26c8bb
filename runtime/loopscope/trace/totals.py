"""What the steps of each task come to."""

from __future__ import annotations

from typing import Optional

from .. import protocol
from ..clock import Clock
from ..tables import Record


class StepTotals:
    """The steps of one task since they are looked at; nanoseconds, times of the monotonic clock."""

    __slots__ = (
        "address",
        "busy_ns",
        "changed",
        "delay_ns",
        "last_ns",
        "longest_at_ns",
        "longest_ns",
        "longest_site",
        "max_delay_ns",
        "sees_delays",
        "since_ns",
        "steps",
        "task",
    )

    def __init__(self, task: int, address: int, since_ns: int, sees_delays: bool) -> None:
        self.task = task
        # Whether it is known when a step could have begun.
        self.sees_delays = sees_delays
        self.address = address
        self.since_ns = since_ns
        self.steps = 0
        self.busy_ns = 0
        self.delay_ns = 0
        self.max_delay_ns = 0
        self.longest_ns = 0
        self.longest_at_ns = 0
        self.longest_site: Optional[int] = None
        self.last_ns = since_ns
        self.changed = False

    def record(self, clock: Clock) -> Record:
        """The `TaskSteps` record."""
        return {
            "task": self.task,
            "steps": self.steps,
            "busy_ns": self.busy_ns,
            "delay_ns": self.delay_ns if self.sees_delays else None,
            "max_delay_ns": self.max_delay_ns if self.sees_delays else None,
            "longest_ns": self.longest_ns,
            "longest_at_ns": clock.from_monotonic_ns(self.longest_at_ns),
            "longest_site": self.longest_site,
            "since_ns": clock.from_monotonic_ns(self.since_ns),
            "last_ns": clock.from_monotonic_ns(self.last_ns),
        }


class Histogram:
    """How long the steps of one task are, and the delays before them."""

    __slots__ = ("delays", "steps", "task")

    def __init__(self, task: int) -> None:
        self.task = task
        self.steps = [0] * protocol.STEP_BUCKETS
        self.delays = [0] * protocol.STEP_BUCKETS

    def add_steps(self, durations_ns: list[int]) -> None:
        """Count steps by their length."""
        for duration in durations_ns:
            self.steps[_bucket(duration)] += 1

    def add_delays(self, delays_ns: list[int]) -> None:
        """Count steps by the delay before them."""
        for delay in delays_ns:
            self.delays[_bucket(delay)] += 1

    def record(self) -> Record:
        """The `StepHistogram` record."""
        return {"task": self.task, "steps": list(self.steps), "delays": list(self.delays)}


def _bucket(duration_ns: int) -> int:
    return min((max(0, duration_ns) // 1000).bit_length(), protocol.STEP_BUCKETS - 1)
