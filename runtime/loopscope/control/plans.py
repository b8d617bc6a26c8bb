"""How far a loop is to go before it is held again."""

from __future__ import annotations

import weakref
from typing import Any, Optional, Union

from . import tasks
from .stops import Stop


class StepInto:
    """Exactly one callback of one loop."""

    def __init__(self, gate: Any) -> None:
        self.gate = gate

    def after(self, gate: Any, task: Any) -> Optional[Stop]:
        """Whether the callback that ended fulfils the plan; `task` is the one it stepped, if any."""
        if gate is not self.gate:
            return None
        what = "a callback" if task is None else f"a step of {tasks.name_of(task)}"
        return Stop("step", f"Ran {what}.", task)

    def before(self, gate: Any, task: Any) -> Optional[Stop]:
        """Whether the callback that is about to run fulfils the plan."""
        return None


class StepOver:
    """Until a task next suspends or ends."""

    def __init__(self, task: Any) -> None:
        self.task = weakref.ref(task)

    def after(self, gate: Any, task: Any) -> Optional[Stop]:
        """Whether the callback that ended fulfils the plan; `task` is the one it stepped, if any."""
        stepped = self.task()
        if stepped is None or task is not stepped:
            return None
        return Stop("step", _ending(stepped) if stepped.done() else f"{tasks.name_of(stepped)} has suspended.", stepped)

    def before(self, gate: Any, task: Any) -> Optional[Stop]:
        """Whether the callback that is about to run fulfils the plan."""
        return None


class StepOut:
    """Until one of the tasks that await a task is about to resume, or the task ends and none does."""

    def __init__(self, task: Any) -> None:
        self.task = weakref.ref(task)
        self._awaiters: list[weakref.ref[Any]] = []
        self.note_awaiters(task)

    def note_awaiters(self, task: Any) -> None:
        """Take note of who awaits the task; what is done has forgotten it."""
        self._awaiters = [weakref.ref(each) for each in tasks.awaiters_of(task)]

    def after(self, gate: Any, task: Any) -> Optional[Stop]:
        """Whether the callback that ended fulfils the plan; `task` is the one it stepped, if any."""
        stepped = self.task()
        if stepped is None or task is not stepped or not stepped.done() or self._awaiters:
            return None
        return Stop("step", f"{_ending(stepped)[:-1]}, and nothing awaits it.", stepped)

    def before(self, gate: Any, task: Any) -> Optional[Stop]:
        """Whether the callback that is about to run fulfils the plan."""
        if task is None or not any(each() is task for each in self._awaiters):
            return None
        return Stop("step", f"{tasks.name_of(task)} is about to resume.", task)


class Await:
    """Until a task of ours, made to evaluate an `await`, has ended."""

    def __init__(self, task: Any, stopped_task: Any) -> None:
        self.task = task
        self.stopped_task = None if stopped_task is None else weakref.ref(stopped_task)

    def after(self, gate: Any, task: Any) -> Optional[Stop]:
        """Whether the callback that ended fulfils the plan; `task` is the one it stepped, if any."""
        if not self.task.done():
            return None
        stopped = None if self.stopped_task is None else self.stopped_task()
        return Stop("evaluated", "The awaited expression is done; the loop ran meanwhile.", stopped)

    def before(self, gate: Any, task: Any) -> Optional[Stop]:
        """Whether the callback that is about to run fulfils the plan."""
        return self.after(gate, task)


Plan = Union[StepInto, StepOver, StepOut, Await]


def _ending(task: Any) -> str:
    state = tasks.state_of(task)
    if state == "failed":
        return f"{tasks.name_of(task)} has failed."
    return f"{tasks.name_of(task)} {'was cancelled' if state == 'cancelled' else 'has finished'}."
