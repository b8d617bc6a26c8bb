"""From a recording to a trace, update by update: memory grows with what is alive at once, not with the recording."""

from __future__ import annotations

import os
import sys
from typing import Any, Optional, TextIO

from ..recording import Reader
from ..tables import Record
from .jobs import JobTracks
from .steps import StepTracks
from .tasks import TaskTracks
from .tracks import EventWriter, Track, microseconds, place

_LOOPS_RANK = 1
_FIRST_LOOP_TID = 1_000_000_000


class CannotWrite(OSError):
    """The trace cannot be written; the text is one sentence."""


def export(recording: str, output: str) -> Optional[str]:
    """Write the trace of a recording to a file, or to the standard output when it is `-`.

    Gives a sentence when the recording breaks off; the trace is whole then and ends there. Raises BadRecording,
    CannotWrite; a file that could not be finished is taken away.
    """
    with Reader(recording) as reader:
        if output == "-":
            try:
                warning = _write(reader, sys.stdout)
                sys.stdout.flush()
                return warning
            except OSError as error:
                # The interpreter flushes once more at its end, and would print a traceback.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                raise CannotWrite(
                    f"the trace could not be written to the standard output ({error.strerror})."
                ) from None
        if os.path.exists(output) and os.path.samefile(output, recording):
            raise CannotWrite(f"{output} is the recording itself: name another file for the trace.")
        return _write_file(reader, output)


def _write_file(reader: Reader, output: str) -> Optional[str]:
    try:
        file = open(output, "w", encoding="utf-8")  # noqa: SIM115 - closed below
    except OSError as error:
        raise CannotWrite(f"{output} cannot be written ({error.strerror}): name another file.") from None
    try:
        with file:
            return _write(reader, file)
    except OSError as error:
        os.unlink(output)
        raise CannotWrite(f"{output} could not be written to its end ({error.strerror}).") from None
    except BaseException:
        os.unlink(output)
        raise


def _write(reader: Reader, file: TextIO) -> Optional[str]:
    try:
        trace = _Trace(reader.hello, file)
        for message in reader:
            if message["type"] == "update":
                trace.update(message)
            elif message["type"] == "packed":
                trace.steps(message["payload"])
            elif message["type"] == "bye":
                trace.advance(message["time_ns"])
        trace.end()
    except (KeyError, TypeError, AttributeError, ValueError):
        raise reader.misunderstood() from None
    return reader.warning


class _Trace:
    """The process: its loops, and what belongs to no track."""

    def __init__(self, hello: Record, file: TextIO) -> None:
        process = hello["process"]
        self._pid: int = process["pid"]
        about = {
            "program": " ".join(process["argv"]),
            "python": process["python"],
            "loopscope": hello["version"],
            "level": hello["level"],
            "threshold_ms": hello["threshold_ms"],
            "started_wall_ms": hello["clock"]["wall_ms"],
        }
        self._events = EventWriter(file.write, about)
        name = os.path.basename(process["argv"][0]) if process["argv"] else ""
        self._events.event(ph="M", name="process_name", pid=self._pid, tid=self._pid, args={"name": name or "python"})
        self._events.event(
            ph="M", name="process_labels", pid=self._pid, tid=self._pid, args={"labels": f"Python {process['python']}"}
        )
        self._sites: dict[int, Record] = {}
        self._loops: dict[int, Track] = {}
        self._open_blocks: dict[int, Record] = {}
        self._holds: dict[int, int] = {}
        self._findings: set[int] = set()
        self._tasks = TaskTracks(self._events, self._pid, self._place)
        self._steps = StepTracks(self._events, self._pid, self._tasks.name_of)
        self._jobs = JobTracks(self._events, self._pid, self._place)
        self._flow = 0
        self._time_ns = 0

    def advance(self, time_ns: int) -> None:
        """The recording goes on to this time."""
        self._time_ns = max(self._time_ns, time_ns)

    def update(self, update: Record) -> None:
        """Take an update in and write what is over or has begun."""
        self.advance(update["time_ns"])
        for site in update.get("sites", ()):
            self._sites[site["id"]] = site
        for loop in update.get("loops", ()):
            self._loop(loop)
        self._blocks(update.get("blocks", ()))
        for point in update.get("lag", ()):
            if not point["open"]:
                self._count(f"lag of loop {point['loop']} (ms)", point["time_ns"], {"lag": point["lag_ms"]})
        self._tasks.update(update, self._time_ns)
        self._steps.write()
        if "task_counts" in update:
            self._count("tasks alive", self._time_ns, {"tasks": update["task_counts"]["alive"]})
        for executor in update.get("executors", ()):
            self._jobs.update(executor, self._time_ns)
            name = executor["name"] or executor["type"]
            load = {"busy": executor["busy"], "queued": executor["queued"]}
            self._count(f"executor {executor['id']} ({name})", self._time_ns, load)
        self._flow = self._tasks.flow_to_tasks(self._flow)
        self._flow = self._jobs.flow_from_tasks(self._tasks, self._flow)
        for finding in update.get("findings", ()):
            self._finding(finding)

    def steps(self, payload: bytes) -> None:
        """Take in a packed frame. What it holds was over before the update that follows it."""
        self._steps.take(payload)

    def end(self) -> None:
        """Close what is open and the document."""
        self._steps.write(True)
        for loop, block in self._open_blocks.items():
            # It went on to the end, so no record of it as a whole was ever written.
            end_ns = max(self._time_ns, block["started_ns"] + block["duration_ns"])
            self._hold(loop, block["started_ns"], end_ns, block, {"goes on": True})
        self._tasks.end(self._time_ns)
        self._jobs.end(self._time_ns)
        self._events.end()

    def _place(self, site: Optional[int]) -> Optional[str]:
        return place(self._sites.get(site)) if site is not None else None

    def _loop(self, loop: Record) -> None:
        identifier = loop["id"]
        track = self._loops.get(identifier)
        if track is None:
            tid = _FIRST_LOOP_TID + identifier
            track = self._loops[identifier] = Track(self._events, self._pid, tid, "loop", _LOOPS_RANK)
        if loop["thread"]:
            track.rename(f"loop {identifier} in {loop['thread']}")
        self._count(f"ready queue of loop {identifier}", self._time_ns, {"ready": loop["ready"]})
        if loop["block"] is None:
            self._open_blocks.pop(identifier, None)
        else:
            self._open_blocks[identifier] = loop["block"]

    def _blocks(self, blocks: Any) -> None:
        """Of each place the latest hold is told; the slice says when there were others since the update before."""
        for block in sorted(blocks, key=lambda block: block["last_at_ns"]):
            new = block["count"] - self._holds.get(block["id"], 0)
            self._holds[block["id"]] = block["count"]
            if new > 0 and block["loop"] in self._loops:
                more = {"holds before it that have no slice": new - 1} if new > 1 else {}
                open_block = self._open_blocks.get(block["loop"])
                if open_block is not None and open_block["started_ns"] == block["last_at_ns"]:
                    del self._open_blocks[block["loop"]]
                start_ns = block["last_at_ns"]
                self._hold(block["loop"], start_ns, start_ns + block["last_ns"], block, more)

    def _hold(self, loop: int, from_ns: int, to_ns: int, block: Record, more: Record) -> None:
        where = self._place(block["site"])
        args = {
            "line": where,
            "cause": block["cause"],
            "task": block["task"],
            "victims": block["victims"],
            "stack": [self._place(site) for site in block["stack"]],
            **more,
        }
        name = f"block: {block['callee'] or where or block['cause'] or 'unknown'}"
        track = self._loops[loop]
        track.begin(from_ns, name, "block", args)
        track.finish(to_ns)

    def _finding(self, finding: Record) -> None:
        if finding["id"] in self._findings:
            return
        self._findings.add(finding["id"])
        args = {"message": finding["message"], "line": self._place(finding["site"]), **finding["evidence"]}
        self._events.event(
            ph="i",
            s="p",
            name=finding["rule"],
            cat="finding",
            pid=self._pid,
            tid=self._pid,
            ts=microseconds(self._time_ns),
            args=args,
        )

    def _count(self, name: str, at_ns: int, values: Record) -> None:
        self._events.event(ph="C", name=name, pid=self._pid, tid=self._pid, ts=microseconds(at_ns), args=values)
