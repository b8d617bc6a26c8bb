"""Tasks are seen in whatever way they are made, with the line of the program that made them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import PATIENCE_SECONDS, RUNTIME, clean_environment, packages_of_tests
from expectations import marked_lines

from loopscope import snapshot
from loopscope.hooks.task_creation import TaskCreationHook
from loopscope.options import Options
from loopscope.session import Session
from loopscope.sites import SiteTable
from loopscope.tasks import TaskRegistry

PROGRAM = Path(__file__).with_name("programs") / "every_way.py"

# How many tasks each line makes, by its marker; None where that Python does not have it.
EXPECTED = {
    "asyncio-create_task": 3,
    "create_task": 3,
    "loop-create_task": 3,
    "ensure_future": 3,
    # Since Python 3.14 a task that is made by hand is found among all tasks, not when it is made.
    "Task": 3 if sys.version_info < (3, 14) else 0,
    "wait_for": 3 if sys.version_info < (3, 12) else 0,
    "gather": 3,
    "anyio": 3,
    # Before, the innermost line of the program's own is inside its factory.
    "own-factory": 3 if sys.version_info < (3, 14) else 0,
    "through-factory": 3 if sys.version_info >= (3, 14) else 0,
    "TaskGroup": 3 if sys.version_info >= (3, 11) else None,
    "eager": 3 if sys.version_info >= (3, 12) else None,
    "eager-at-once": 3 if sys.version_info >= (3, 12) else None,
    "eager-own-at-once": 3 if sys.version_info >= (3, 12) else None,
    # anyio makes its tasks by hand where it knows the factory.
    "eager-anyio": None if sys.version_info < (3, 12) else 3 if sys.version_info < (3, 14) else 0,
    # `asyncio.run` makes two more, to shut down generators and the executor.
    "run": 3,
    "Runner": 3 if sys.version_info >= (3, 11) else None,
}


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> str:
    """Whose loop the program runs on."""
    name: str = request.param
    pytest.importorskip(name)
    return name


@pytest.fixture(scope="module")
def tasks(loop: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the report says of the program's tasks."""
    folder = tmp_path_factory.mktemp("tasks")
    report = folder / "report.json"
    path = os.pathsep.join([str(RUNTIME), packages_of_tests(folder)])
    done = subprocess.run(
        [sys.executable, "-m", "loopscope", "run", "--report", str(report), str(PROGRAM), loop],
        env=clean_environment(PYTHONPATH=path),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert (done.returncode, done.stderr) == (0, "")
    told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))["tasks"]
    return told


def created(tasks: dict[str, Any], marker: str) -> int:
    lines = marked_lines(PROGRAM, marker)
    assert lines
    return sum(site["created"] for site in tasks["sites"] if site["line"] in lines and site["file"] == str(PROGRAM))


@pytest.mark.parametrize("way", EXPECTED)
def test_a_task_is_counted_on_the_line_that_makes_it(way: str, loop: str, tasks: dict[str, Any]) -> None:
    if way.startswith("eager") and loop == "uvloop" and sys.version_info[:2] == (3, 13):
        pytest.skip("uvloop passes arguments that the eager factory of Python 3.13.0 refuses")
    expected = EXPECTED[way]
    if expected is None:
        pytest.skip("came with a later Python")
    if way == "run" and loop == "uvloop":
        # No frame tells where the loop begins, so those that another thread asks for are on the line that runs it.
        expected += 3
    assert created(tasks, way) == expected


def test_a_task_asked_for_in_another_thread_is_counted_without_a_line(loop: str, tasks: dict[str, Any]) -> None:
    assert created(tasks, "threadsafe") == 0
    if loop == "asyncio":
        assert tasks["created"] - sum(site["created"] for site in tasks["sites"]) >= 3


def test_every_task_has_ended(tasks: dict[str, Any]) -> None:
    assert (tasks["alive"], tasks["failed"], tasks["cancelled"]) == (0, 0, 0)
    assert tasks["created"] == tasks["finished"]


def test_a_task_that_is_found_after_it_was_seen_is_counted_once() -> None:
    sites, errors = SiteTable(), []
    registry = TaskRegistry(sites)
    hook = TaskCreationHook(registry, sites.kinds, lambda: errors.append(None))

    async def nothing() -> None:
        pass

    async def main() -> None:
        task = asyncio.get_running_loop().create_task(nothing())
        hook.adopt(task)
        await task

    loop = asyncio.new_event_loop()
    hook.install()
    try:
        loop.run_until_complete(main())
    finally:
        hook.remove()
        loop.close()
    registry.drain()
    assert registry.counts() == {"created": 2, "finished": 2, "cancelled": 0, "failed": 0, "alive": 0}
    assert errors == []


def test_many_that_were_there_before_are_adopted_slice_by_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    # So a slice ends as soon as it looks at the clock.
    monkeypatch.setattr(snapshot, "SLICE_NS", 0)
    session = Session(Options())
    loop, other = asyncio.new_event_loop(), asyncio.new_event_loop()
    made = {loop: [loop.create_task(asyncio.sleep(0)) for _ in range(100)]}
    made[other] = [other.create_task(asyncio.sleep(0)) for _ in range(100)]
    try:
        following = snapshot.Pass(session.snapshots, session.loops.state_of(loop), loop, detailed=False)
        alive = []
        while not following.done:
            following()
            session.tasks.drain()
            alive.append(session.tasks.alive)
        assert alive[0] < 20
        assert alive == sorted(alive)
        assert set(session.tasks.by_address) == {id(task) for task in made[loop]}
    finally:
        for each, tasks in made.items():
            each.run_until_complete(asyncio.gather(*tasks))
            each.close()
