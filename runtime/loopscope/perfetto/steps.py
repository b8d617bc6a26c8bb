"""Every run of a callback in a trace: a track for each loop with a slice for each run, recorded at `trace`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional

from ..tables import Record
from ..trace.packed import Steps, unpack
from .tracks import EventWriter, microseconds

_STEPS_RANK = 2
# Updates; a task is told of within half a second, which is two of them.
_PATIENCE = 8
_FIRST_STEPS_TID = 1_500_000_000


class StepTracks:
    """The runs of callbacks, loop by loop."""

    def __init__(self, events: EventWriter, pid: int, name_of: Callable[[int], Optional[str]]) -> None:
        self._events = events
        self._pid = pid
        self._name_of = name_of
        self._tracks: set[int] = set()
        # Batches, and how often they were put off because a task of theirs was not known yet.
        self._taken: list[tuple[Steps, int]] = []

    def take(self, payload: bytes) -> None:
        """Take in a packed frame. Raises ValueError."""
        self._taken += ((steps, 0) for steps in unpack(payload))

    def write(self, everything: bool = False) -> None:
        """Write what was taken in and whose tasks are known, or shall not be waited for any longer."""
        taken, self._taken = self._taken, []
        for steps, times in taken:
            if (
                not everything
                and times < _PATIENCE
                and any(self._name_of(task) is None for task in set(steps.task) - {0})
            ):
                self._taken.append((steps, times + 1))
                continue
            tid = _FIRST_STEPS_TID + steps.loop
            if steps.loop not in self._tracks:
                self._tracks.add(steps.loop)
                about = {"ph": "M", "pid": self._pid, "tid": tid}
                self._events.event(name="thread_name", args={"name": f"callbacks of loop {steps.loop}"}, **about)
                self._events.event(name="thread_sort_index", args={"sort_index": _STEPS_RANK}, **about)
            rows = zip(steps.started, steps.ended, steps.ready, steps.task, steps.woken_by)
            for started, ended, ready, task, woken_by in rows:
                args: Record = {}
                if ready:
                    args["delay_us"] = microseconds(int(max(0.0, started - ready)))
                if woken_by:
                    args["woken by"] = self._name(woken_by)
                self._events.event(
                    ph="X",
                    name=self._name(task) if task else "callback",
                    cat="step" if task else "callback",
                    pid=self._pid,
                    tid=tid,
                    ts=microseconds(int(started)),
                    dur=microseconds(int(ended - started)),
                    args=args,
                )

    def _name(self, task: int) -> str:
        name = self._name_of(task)
        if name is None:
            return f"task {task}"
        return name
