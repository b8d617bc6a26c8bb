"""Whatever a task can wait on is named, down to the thing itself, on every version."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import pytest
from conftest import BOOTSTRAP, PATIENCE_SECONDS, Programs, Viewer, packages_of_tests

PROGRAM = Path(__file__).with_name("programs") / "every_wait.py"
SINCE_3_11 = sys.version_info >= (3, 11)

# By the name of the task, the kind and the label of what it waits on; None where that Python has no such thing.
EXPECTED: dict[str, Optional[tuple[str, str]]] = {
    "timeout": ("event", "Event") if SINCE_3_11 else None,
    "wait_for lock": ("lock", "Lock"),
    "task group": ("gather", "TaskGroup: 2 still out") if SINCE_3_11 else None,
    "barrier": ("barrier", "Barrier") if SINCE_3_11 else None,
    "queue join": ("queue-put", "Queue.join, 1 queued"),
    "condition again": ("lock", "Lock"),
    "condition wait_for": ("condition", "Condition"),
    "read": ("stream-read", "StreamReader.read"),
    "readexactly": ("stream-read", "StreamReader.readexactly"),
    "readuntil": ("stream-read", "StreamReader.readuntil"),
    "drain": ("stream-drain", "StreamWriter.drain"),
    "accept": ("socket", "sock_accept"),
    "sendall": ("socket", "sock_sendall"),
    "server": ("socket", "Server.serve_forever"),
    "connect": ("connect", "open_connection"),
    "lookup": ("dns", "job getaddrinfo on worker_0"),
    "process": ("subprocess", "Process.wait, pid #"),
    "communicate": ("subprocess", "Process.communicate, pid #"),
    "running job": ("job", "job Event.wait on pool_0"),
    "queued job": ("job", "job later, queued"),
    "to thread": ("job", "job Event.wait on worker_1"),
    "process job": ("job", "job sleep, running"),
    "shielded future": ("future", "shield of Future"),
    "nested generators": ("event", "Event"),
    "anext": ("event", "Event"),
    "first of": ("gather", "wait: 2 of 3 still out"),
    "as completed": ("queue-get", "Queue.get, 0 queued"),
    "waiting gather": ("gather", "gather: 1 of 2 still out"),
    "anyio sleep": ("sleep", "sleep 1000 s"),
    "anyio event": ("event", "Event"),
    "anyio lock": ("lock", "Lock"),
    "anyio semaphore": ("semaphore", "Semaphore"),
    "anyio limiter": ("semaphore", "CapacityLimiter, 1 of 1 borrowed"),
    "anyio receive": ("queue-get", "MemoryObjectReceiveStream.receive"),
    "anyio send": ("queue-put", "MemoryObjectSendStream.send"),
    "anyio condition": ("condition", "Condition"),
    "anyio thread": ("job", "job Event.wait on AnyIO worker thread"),
    "anyio no thread left": ("semaphore", "CapacityLimiter, 1 of 1 borrowed"),
    "anyio task group": ("gather", "TaskGroup: 1 still out"),
    "anyio scope": ("event", "Event"),
}
WITH_A_TIME_LIMIT = ("timeout", "wait_for lock", "anyio scope", "first of")


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """What is told of each task of the program once all of them wait."""
    folder = tmp_path_factory.mktemp("awaits")
    viewer = Viewer(Programs(folder))
    process = viewer.start(PROGRAM, PYTHONPATH=os.pathsep.join([str(BOOTSTRAP), packages_of_tests(folder)]))
    try:
        connection = viewer.accept()
        connection.welcome()
        # The program makes it when all the others wait, so the look that sees it has seen them.
        connection.until(lambda _: (connection.task("settled") or {}).get("wait"))
        yield {record["name"]: record for record in connection.tables.tasks.records()}
    finally:
        # It ends with the line, and its children with it.
        _, errors = process.communicate("\n", PATIENCE_SECONDS)
        viewer.close()
    # What multiprocessing says of a pool that was killed is the program's own.
    assert "Traceback" not in errors


@pytest.mark.parametrize("name", EXPECTED)
def test_what_a_task_waits_on_is_named(name: str, tasks: dict[str, dict[str, Any]]) -> None:
    expected = EXPECTED[name]
    if expected is None:
        pytest.skip("came with Python 3.11")
    wait = tasks[name]["wait"]
    assert wait is not None, tasks[name]
    assert (wait["until_ns"] is not None) == (name in WITH_A_TIME_LIMIT or wait["kind"] == "sleep")
    wait = inside_wait_for(tasks, name)
    pid = wait["label"].rpartition(" ")[2] if "pid" in wait["label"] else "#"
    assert (wait["kind"], wait["label"].replace(pid, "#")) == expected


def inside_wait_for(tasks: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """What a task waits on, by way of the task that `wait_for` makes of a coroutine before Python 3.12."""
    wait: dict[str, Any] = tasks[name]["wait"]
    if name.startswith("wait_for") and sys.version_info < (3, 12):
        assert wait["kind"] == "task"
        wait = next(task["wait"] for task in tasks.values() if [task["id"]] == wait["tasks"])
    return wait


def numbers(tasks: dict[str, dict[str, Any]], *names: str) -> list[int]:
    return sorted(tasks[name]["id"] for name in names)


def test_what_is_still_out_is_listed(tasks: dict[str, dict[str, Any]]) -> None:
    assert sorted(tasks["first of"]["wait"]["tasks"]) == numbers(tasks, "sleeper 1", "sleeper 2")
    assert tasks["waiting gather"]["wait"]["tasks"] == numbers(tasks, "sleeper 1")
    assert tasks["anyio task group"]["wait"]["tasks"] == numbers(tasks, "anyio child")
    if SINCE_3_11:
        assert sorted(tasks["task group"]["wait"]["tasks"]) == numbers(tasks, "child 1", "child 2")


def test_the_holder_of_a_lock_is_told(tasks: dict[str, dict[str, Any]]) -> None:
    assert inside_wait_for(tasks, "wait_for lock")["tasks"] == numbers(tasks, "holder")
    assert tasks["anyio lock"]["wait"]["tasks"] == numbers(tasks, "anyio holder")


def test_a_job_names_its_executor(tasks: dict[str, dict[str, Any]]) -> None:
    assert tasks["running job"]["wait"]["executor"] == tasks["queued job"]["wait"]["executor"] is not None
    assert tasks["to thread"]["wait"]["executor"] == tasks["lookup"]["wait"]["executor"] is not None
    assert len({tasks[name]["wait"]["executor"] for name in ("running job", "to thread", "process job")}) == 3
