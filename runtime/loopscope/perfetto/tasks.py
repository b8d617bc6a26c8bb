"""Tasks in a trace: a track each, with what it waits on as slices, and an asynchronous slice for its life."""

from __future__ import annotations

from typing import Callable, Optional

from ..tables import Record
from .tracks import EventWriter, Track, microseconds

_TASKS_RANK = 1_000
_FIRST_TASK_TID = 2_000_000_000
_ENDS = ("finished", "cancelled", "failed")
# A gather of thousands would draw as many arrows.
_MAX_FLOWS = 50
# Their steps may be told of after their end.
_MAX_ENDED_NAMES = 1_000


class _Task:
    __slots__ = ("began_ns", "record", "shown", "track", "unpointed")

    def __init__(self, track: Track, record: Record) -> None:
        self.track = track
        self.record = record
        self.began_ns: int = record["created_ns"]
        self.shown: Optional[tuple[object, ...]] = None
        # True while the arrows of the open slice are not drawn.
        self.unpointed = False


class TaskTracks:
    """The tasks that are alive."""

    def __init__(self, events: EventWriter, pid: int, place: Callable[[Optional[int]], Optional[str]]) -> None:
        self._events = events
        self._pid = pid
        self._place = place
        self._tasks: dict[int, _Task] = {}
        self._fresh: list[int] = []
        self._in_snapshot: Optional[set[int]] = None
        self._ended_names: dict[int, str] = {}

    def update(self, update: Record, time_ns: int) -> None:
        """Take in the tasks of an update."""
        while len(self._ended_names) > _MAX_ENDED_NAMES:
            del self._ended_names[next(iter(self._ended_names))]
        if update["snapshot"] and self._in_snapshot is None:
            self._in_snapshot = set()
        for record in update.get("tasks", ()):
            if self._in_snapshot is not None:
                self._in_snapshot.add(record["id"])
            self._put(record)
        if self._in_snapshot is not None and not update["partial"]:
            # A snapshot is all there is: the end of a task that it lacks was among what got lost.
            for identifier in [each for each in self._tasks if each not in self._in_snapshot]:
                self._end(identifier, time_ns)
            self._in_snapshot = None

    def name_of(self, identifier: int) -> Optional[str]:
        """The name of a task that lives, or has ended lately; None when it is not known."""
        task = self._tasks.get(identifier)
        return self._ended_names.get(identifier) if task is None else task.track.name

    def waiting_for_job(self, identifier: Optional[int]) -> Optional[Track]:
        """The track of a task that waits for a job now."""
        task = self._tasks.get(identifier) if identifier is not None else None
        if task is None or not task.track.is_open:
            return None
        wait = task.record["wait"]
        return task.track if wait is not None and wait["kind"] == "job" else None

    def flow_to_tasks(self, flow: int) -> int:
        """Draw the arrows of the waits that have begun to the tasks they are for; gives the last number used."""
        fresh, self._fresh = self._fresh, []
        for identifier in fresh:
            task = self._tasks.get(identifier)
            if task is None or not task.unpointed:
                continue
            task.unpointed = False
            wait = task.record["wait"]
            for other in (wait["tasks"] if wait is not None else [])[:_MAX_FLOWS]:
                target = self._tasks.get(other)
                if target is None or target is task or not target.track.is_open:
                    continue
                flow += 1
                at_ns = task.track.flow_out(0, flow, "waits for")
                target.track.flow_in(at_ns, flow, "waits for")
        return flow

    def end(self, time_ns: int) -> None:
        """The trace ends with these tasks alive."""
        for identifier in list(self._tasks):
            self._end(identifier, time_ns)

    def _put(self, record: Record) -> None:
        identifier = record["id"]
        task = self._tasks.get(identifier)
        if task is None:
            track = Track(
                self._events, self._pid, _FIRST_TASK_TID + identifier, record["name"], _TASKS_RANK + identifier
            )
            task = self._tasks[identifier] = _Task(track, record)
        task.track.rename(record["name"])
        task.record = record
        if record["state"] in _ENDS:
            self._end(identifier, record["since_ns"])
            return
        wait = record["wait"]
        shown = (record["state"], None) if wait is None else (wait["kind"], wait["object"], wait["since_ns"])
        if shown == task.shown:
            return
        task.shown = shown
        task.unpointed = True
        self._fresh.append(identifier)
        since_ns = max(record["since_ns"] if wait is None else wait["since_ns"], record["created_ns"])
        args = {"state": record["state"], "coroutine": record["coroutine"]}
        if wait is not None and wait["until_ns"] is not None:
            args["due_us"] = microseconds(wait["until_ns"])
        name = record["state"] if wait is None else wait["label"]
        task.track.begin(since_ns, name, "task" if wait is None else f"wait,{wait['kind']}", args)

    def _end(self, identifier: int, at_ns: int) -> None:
        task = self._tasks.pop(identifier)
        record, track = task.record, task.track
        self._ended_names[identifier] = track.name
        track.finish(at_ns)
        if record["state"] in _ENDS:
            args = {"exception": record["exception"]} if record["exception"] is not None else {}
            track.instant(at_ns, record["state"], "task", args)
        fields = {"cat": "task", "id": identifier, "name": record["coroutine"], "pid": self._pid, "tid": track.tid}
        args = {
            "name": record["name"],
            "created at": self._place(record["created_site"]),
            "defined at": self._place(record["coroutine_site"]),
            "parent": record["parent"],
        }
        self._events.event(ph="b", ts=microseconds(task.began_ns), args=args, **fields)
        self._events.event(ph="e", ts=microseconds(max(task.began_ns, track.last_ns, at_ns)), **fields)
