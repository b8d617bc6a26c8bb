"""What goes over the wire between a program and its viewer, compared with a transcript of it that was accepted.

The transcript holds every message but the updates, whose number is a matter of time: instead of them it says, at places
where the program stands still, what they come to. Numbers are replaced by what they stand for, and times, paths and
figures of the machine by `*`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Optional

from conftest import Connection, Viewer

HERE = Path(__file__).parent
PROGRAM = HERE / "program.py"
ACCEPTED = HERE / "session.txt"
ACTUAL = HERE / "session.txt.actual"
ACCEPT = "LOOPSCOPE_ACCEPT_TRANSCRIPTS"

# What differs from run to run, or from one machine or Python to another.
VARYING = {"token", "version", "pid", "parent_pid", "python", "implementation", "executable", "cwd", "wall_ms"}
# On a machine that has no time for the program the machine is to blame. What the runtime understands is a constant.
VARYING |= {"cause", "commands"}
# What may be seen or not, as time has it.
UNCERTAIN = {
    "loops": {"since_ns", "state", "iterations", "callbacks", "ready", "timers", "lag_ms", "busy", "thread_id", "id"},
    "tasks": {"id", "loop"},
    "executors": {"id", "max_queued", "queue_wait_ms", "run_ms", "workers"},
}
# Those of the program; those of `asyncio.run` may come and go unseen.
TASKS = ("Task-1", "using", "failing", "sleeping")


class Transcript:
    """What was said, in words that are the same every time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._written: list[str] = []
        self._taken = 0

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self._written) + "\n"

    def send(self, message: dict[str, Any]) -> None:
        """Send the process a message and write it down."""
        self.take()
        self._write("viewer ", {**message, "task": "*"} if "task" in message else message)
        self._connection.send(message)

    def take(self) -> None:
        """Write down the messages of the process that were read since, but the updates."""
        messages = self._connection.messages
        for message in messages[self._taken :]:
            if message["type"] != "update":
                self._write("process", self._plain(message))
        self._taken = len(messages)

    def stand_still(self, where: str) -> None:
        """Write down what the updates come to by now."""
        self.take()
        tables = self._connection.tables
        self._written.append(f"\n{where}:")
        for name, uncertain in UNCERTAIN.items():
            records = {record["id"]: record for record in tables.table(name).records()}
            for _, record in sorted(records.items()):
                if name != "tasks" or record["name"] in TASKS:
                    certain = {key: value for key, value in record.items() if key not in uncertain}
                    self._write(f"  {name}", self._plain(certain))

    def _write(self, heading: str, content: dict[str, Any]) -> None:
        self._written.append(f"{heading} {json.dumps(content, sort_keys=True)}")

    def _plain(self, value: Any, key: Optional[str] = None) -> Any:
        if isinstance(value, dict):
            return {each: self._plain(inner, each) for each, inner in value.items()}
        if value is None:
            return None
        if key in VARYING or (key is not None and key.endswith("_ns")):
            return "*"
        if key in ("argv", "ended", "frames", "jobs", "sites", "stack", "tasks"):
            return [self._one_of(key, each) for each in value]
        if key in ("site", "coroutine_site", "created_site"):
            return self._place(self._connection.site(value))
        if key in ("task", "parent"):
            return self._task(value)
        if key in ("executor", "object"):
            return "*"
        return value

    def _one_of(self, key: str, value: Any) -> Any:
        if key == "argv":
            return Path(value).name
        if key == "frames":
            return self._place(value)
        if key == "stack":
            return self._place(self._connection.site(value))
        if key == "tasks":
            return self._task(value)
        return self._plain({each: inner for each, inner in value.items() if each != "id"})

    def _task(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        record = self._connection.tables.tasks.get(value)
        return None if record is None else record["name"]

    @staticmethod
    def _place(site: dict[str, Any]) -> str:
        """A line of the program; of Python's own files the function, if that."""
        if not site["user"]:
            return "Python's own"
        return f"{Path(site['file']).name}:{site['line']} {site['function']}"


def test_a_session_goes_as_it_was_accepted(viewer: Viewer) -> None:
    process = viewer.start(PROGRAM)
    connection = viewer.accept()
    transcript = Transcript(connection)
    tables = connection.tables
    connection.until_type("hello")
    # Far beyond what a slow machine holds up by itself.
    transcript.send({"type": "welcome", "protocol": 1, "interval_ms": 20, "threshold_ms": 60_000})

    def ask(**request: Any) -> None:
        transcript.send({"type": "request", **request})
        connection.until_type("response")

    def next_line() -> None:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()

    def wait_of(name: str) -> dict[str, Any]:
        return (connection.task(name) or {}).get("wait") or {}

    def block() -> dict[str, Any]:
        return next((loop["block"] for loop in tables.loops.records()), None) or {}

    def jobs(submitted: int, busy: int) -> bool:
        pool = next(tables.executors.records(), None) or {}
        return (pool.get("submitted"), pool.get("completed"), pool.get("busy")) == (submitted, submitted - busy, busy)

    def main_reads(submitted: int) -> bool:
        running: bool = wait_of("Task-1").get("label", "").endswith("on reader_0")
        return running and jobs(submitted, busy=1) and not block()

    def all_wait(_: Any) -> bool:
        # Who holds a lock is known last.
        holders = all(wait_of(name).get("tasks") for name in ("using", "failing"))
        return main_reads(1) and holders and wait_of("sleeping").get("kind") == "sleep"

    def all_ended(_: Any) -> bool:
        states = [(connection.task(name) or {}).get("state") for name in ("using", "failing", "sleeping")]
        return main_reads(2) and states == ["finished", "failed", "cancelled"]

    def is_held(_: Any) -> bool:
        is_running = (connection.task("Task-1") or {}).get("state") == "running"
        return block().get("site") is not None and is_running and jobs(2, busy=0)

    connection.until(all_wait)
    transcript.stand_still("While tasks wait")
    main = connection.task("Task-1")
    assert main is not None
    ask(id=1, command="await-stack", task=main["id"])
    ask(id=2, command="sing")

    next_line()
    connection.until(all_ended)
    transcript.stand_still("When they have ended")
    ask(id=3, command="set-threshold", threshold_ms=50)

    next_line()
    connection.until(is_held)
    transcript.stand_still("While a callback holds the loop")

    next_line()
    connection.until(lambda _: main_reads(3))
    transcript.stand_still("When the loop runs again")

    next_line()
    assert process.communicate(timeout=60) == ("no good\n", "")
    connection.rest()
    transcript.stand_still("At the end")
    compare(transcript.text)


def compare(text: str) -> None:
    """Compare a transcript with the accepted one, or accept it if the environment says so."""
    if os.environ.get(ACCEPT) == "1":
        ACCEPTED.write_text(text, encoding="utf-8")
    if ACCEPTED.read_text(encoding="utf-8") != text:
        ACTUAL.write_text(text, encoding="utf-8")
        raise AssertionError(
            f"The session went otherwise than in {ACCEPTED.name}. Compare it with {ACTUAL.name} beside it; if it is as "
            f"it shall be, run the test again with {ACCEPT}=1 and commit the transcript."
        )
    ACTUAL.unlink(missing_ok=True)
