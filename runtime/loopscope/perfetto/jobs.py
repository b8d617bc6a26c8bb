"""Executors in a trace: a track for each worker with its jobs, and the queue wait before them."""

from __future__ import annotations

from typing import Callable, Optional

from ..tables import Record
from .tasks import TaskTracks
from .tracks import EventWriter, Track, microseconds

_WORKERS_RANK = 100
_FIRST_WORKER_TID = 1_500_000_000


class _Worker:
    __slots__ = ("job", "track")

    def __init__(self, track: Track) -> None:
        self.track = track
        self.job: Optional[Record] = None


class JobTracks:
    """The workers that have been seen, and the jobs that they run or that wait for one."""

    def __init__(self, events: EventWriter, pid: int, place: Callable[[Optional[int]], Optional[str]]) -> None:
        self._events = events
        self._pid = pid
        self._place = place
        self._workers: dict[tuple[int, str], _Worker] = {}
        self._queued: dict[int, dict[int, Record]] = {}
        self._unpointed: dict[int, _Worker] = {}

    def update(self, executor: Record, time_ns: int) -> None:
        """Take in an executor. A job that is no longer told of ended at the latest when the next one began."""
        identifier = executor["id"]
        running = {
            job["worker"]: job
            for job in executor["jobs"]
            if job["state"] == "running" and job["worker"] is not None and job["started_ns"] is not None
        }
        for (owner, name), worker in self._workers.items():
            if owner != identifier or worker.job is None:
                continue
            following = running.get(name)
            if following is None:
                self._finish(worker, time_ns)
            elif following["id"] != worker.job["id"]:
                self._finish(worker, min(time_ns, following["started_ns"]))
        for name, job in running.items():
            self._start(executor, name, job)
        self._note_queued(identifier, executor["jobs"], time_ns)

    def flow_from_tasks(self, tasks: TaskTracks, flow: int) -> int:
        """Draw the arrows from the tasks that wait for a job to it; gives the last number used."""
        for number, worker in list(self._unpointed.items()):
            if worker.job is None:
                del self._unpointed[number]
                continue
            waiter = tasks.waiting_for_job(worker.job["task"])
            if waiter is None:
                continue
            del self._unpointed[number]
            flow += 1
            at_ns = waiter.flow_out(0, flow, "waits for job")
            worker.track.flow_in(at_ns, flow, "waits for job")
        return flow

    def end(self, time_ns: int) -> None:
        """The trace ends with these jobs running and waiting."""
        for worker in self._workers.values():
            self._finish(worker, time_ns)
        for jobs in self._queued.values():
            for job in jobs.values():
                self._queue_wait(job, time_ns)
        self._queued.clear()

    def _start(self, executor: Record, name: str, job: Record) -> None:
        key = (executor["id"], name)
        worker = self._workers.get(key)
        if worker is None:
            number = len(self._workers)
            title = f"{executor['name'] or executor['type']}: {name}"
            track = Track(self._events, self._pid, _FIRST_WORKER_TID + number, title, _WORKERS_RANK + number)
            worker = self._workers[key] = _Worker(track)
        if worker.job is not None:
            return
        worker.job = job
        self._unpointed[job["id"]] = worker
        args = {
            "job": job["id"],
            "submitted at": self._place(job["site"]),
            "task": job["task"],
            "queue wait (ms)": max(0, job["started_ns"] - job["submitted_ns"]) / 1e6,
        }
        worker.track.begin(job["started_ns"], job["function"], "job", args)
        self._queued.get(executor["id"], {}).pop(job["id"], None)
        self._queue_wait(job, job["started_ns"])

    def _finish(self, worker: _Worker, at_ns: int) -> None:
        worker.track.finish(at_ns)
        if worker.job is not None:
            self._unpointed.pop(worker.job["id"], None)
            worker.job = None

    def _note_queued(self, identifier: int, jobs: list[Record], time_ns: int) -> None:
        """Follow the head of the backlog; a job that leaves it unseen on a worker was over before the next look."""
        before = self._queued.get(identifier, {})
        now = {job["id"]: job for job in jobs if job["state"] == "queued"}
        for number, job in before.items():
            if number not in now:
                self._queue_wait(job, time_ns)
        self._queued[identifier] = now

    def _queue_wait(self, job: Record, until_ns: int) -> None:
        if until_ns <= job["submitted_ns"]:
            return
        fields = {
            "cat": "queue wait",
            "id": job["id"],
            "name": f"queued: {job['function']}",
            "pid": self._pid,
            "tid": self._pid,
        }
        self._events.event(ph="b", ts=microseconds(job["submitted_ns"]), **fields)
        self._events.event(ph="e", ts=microseconds(until_ns), **fields)
