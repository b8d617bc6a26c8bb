"""Every rule finds what it is for in a real program, and nothing in programs that look alike.

Each program in `programs` states at its head what is to be found in it, in the grammar of `test/programs/README.md`,
and nothing else may be found there.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import RUNTIME, clean_environment, packages_of_tests
from expectations import compare_findings, marked_lines, read_statements

PROGRAMS = Path(__file__).with_name("programs")
try:
    importlib.import_module("uvloop")
    HAS_UVLOOP = True
except ImportError:
    HAS_UVLOOP = False
NAMES = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            name.endswith("_on_uvloop") and not HAS_UVLOOP,
            reason="uvloop is not to be had for this Python",
        ),
    )
    for name in sorted(file.stem for file in PROGRAMS.glob("*.py"))
]
LONGEST_RUN_SECONDS = 120
AT_ONCE = 4


def place(name: str, marker: str) -> str:
    """`file:line` of the one line of a program that bears a marker."""
    (line,) = marked_lines(PROGRAMS / f"{name}.py", marker)
    return f"{name}.py:{line}"


class Ended:
    """A program that has run alone and under Loopscope."""

    def __init__(self, name: str, folder: Path, packages: str) -> None:
        self._path = os.pathsep.join([str(RUNTIME), packages])
        self.program = PROGRAMS / f"{name}.py"
        report = folder / f"{name}.json"
        self.alone = self._run([str(self.program)])
        self.under = self._run(["-m", "loopscope", "run", "--report", str(report), str(self.program)])
        self.report: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        self.findings = [each for each in self.report["findings"] if each["rule"] != "blocking"]

    def _run(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            env=clean_environment(PYTHONPATH=self._path),
            capture_output=True,
            text=True,
            timeout=LONGEST_RUN_SECONDS,
        )

    def of(self, rule: str) -> list[dict[str, Any]]:
        """The findings of one rule."""
        return [each for each in self.findings if each["rule"] == rule]

    def only(self, rule: str) -> dict[str, Any]:
        """The one finding of a rule."""
        (found,) = self.of(rule)
        return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Ended]]]:
    """All programs, running some at a time: most of them only wait."""
    folder = tmp_path_factory.mktemp("reports")
    packages = packages_of_tests(folder)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {each.stem: pool.submit(Ended, each.stem, folder, packages) for each in sorted(PROGRAMS.glob("*.py"))}


@pytest.mark.parametrize("name", NAMES)
def test_a_program_gets_the_findings_that_it_states_and_no_others(name: str, runs: dict[str, Future[Ended]]) -> None:
    ended = runs[name].result()
    complaints = compare_findings(read_statements(ended.program), ended.findings)
    assert not complaints, "\n".join(complaints)
    assert {each["file"] for each in ended.findings} <= {str(ended.program), None}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_program_prints_stays_its_own(name: str, runs: dict[str, Future[Ended]]) -> None:
    ended = runs[name].result()
    assert ended.under.returncode == ended.alone.returncode
    assert ended.under.stdout == ended.alone.stdout
    assert anonymous(ended.under.stderr) == anonymous(ended.alone.stderr)
    assert ended.report["dropped"]["events"] == 0


def anonymous(text: str) -> str:
    """A text without what differs from run to run, and without the frames from which `loopscope run` runs a program:
    Python's own list of the callers of a coroutine's maker begins with them. Of a task and its coroutine that the
    collector frees together, either may go first: the task then says that the coroutine is done, or where it stands."""
    text = re.sub(
        r'  File "[^"]*(loopscope.program\.py|<frozen runpy>|runpy\.py|loopscope.__main__\.py)".*\n    .*\n', "", text
    )
    text = re.sub(r"(done, defined|running) at (\S+):\d+>", r"at \2>", text)
    return re.sub(r"0x[0-9a-f]+|\d+\.\d+ seconds", "?", text)


def test_a_failure_names_its_exception_and_where_it_was_raised(runs: dict[str, Future[Ended]]) -> None:
    found = runs["never_retrieved"].result().of("never-retrieved")
    assert sorted(each["evidence"]["at_exit"] for each in found) == [False, True]
    kept = next(each for each in found if each["evidence"]["at_exit"])
    assert kept["evidence"]["exception"] == "ValueError: kept"
    assert kept["evidence"]["raised_at"].endswith(place("never_retrieved", "raised"))
    assert "by the end of the program" in kept["message"]
    assert "In all, 2 failures went unseen." in next(each for each in found if each is not kept)["message"]


def test_a_coroutine_thrown_away_is_found_where_it_was_made(runs: dict[str, Future[Ended]]) -> None:
    found = {each["evidence"]["coroutine"]: each for each in runs["never_awaited"].result().of("never-awaited")}
    assert found["greet"]["evidence"]["where_made_is_known"] is True
    assert "made here and never awaited" in found["greet"]["message"]
    assert found["write"]["evidence"]["where_made_is_known"] is False
    assert "defined here" in found["write"]["message"]


def test_a_full_pool_says_who_fills_it_and_who_waits(runs: dict[str, Future[Ended]]) -> None:
    evidence = runs["executor_saturated"].result().only("executor-saturated")["evidence"]
    assert evidence["workers"] == 2
    assert evidence["is_default"] is False
    assert evidence["saturated_seconds"] >= 2
    assert evidence["filled_by"].endswith(place("executor_saturated", "filler"))
    full = runs["default_executor_saturated"].result().only("executor-saturated")
    assert full["evidence"]["is_default"] is True
    assert full["evidence"]["waiting_lookups"] == 1
    assert full["evidence"]["waiting_tasks"] >= 1
    assert "1 name look-up waits behind them" in full["message"]


def test_a_holder_is_named_when_it_is_certain(runs: dict[str, Future[Ended]]) -> None:
    evidence = runs["lock_held_long"].result().only("lock-held-long")["evidence"]
    assert evidence["holder"] == "holder"
    assert evidence["waiters"] == 2
    assert 2 <= evidence["held_seconds"] <= 5.5


def test_a_circle_is_told_task_by_task(runs: dict[str, Future[Ended]]) -> None:
    evidence = runs["deadlock"].result().only("deadlock")["evidence"]
    assert evidence["tasks"] == 2
    where = place("deadlock", "second")
    assert f"A waits at {where} for a lock that B holds" in evidence["circle"]
    assert f"B waits at {where} for a lock that A holds" in evidence["circle"]
    assert runs["deadlock_of_one"].result().only("deadlock")["evidence"]["tasks"] == 1
    assert runs["deadlock_of_tasks"].result().only("deadlock")["evidence"]["tasks"] == 3


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python counts requests to cancel from 3.11 on")
def test_only_requests_of_the_program_are_counted(runs: dict[str, Future[Ended]]) -> None:
    found = runs["cancel_swallowed"].result().of("cancel-swallowed")
    assert [each["evidence"]["requests"] for each in found] == [1, 1]
    assert all("Something caught CancelledError" in each["message"] for each in found)


def test_a_thread_is_caught_that_puts_things_into_a_loop(runs: dict[str, Future[Ended]]) -> None:
    found = runs["wrong_thread"].result().of("wrong-thread")
    assert {(each["evidence"]["callback"], each["evidence"]["thread"]) for each in found} == {
        ("The callback said", "put"),
        ("A step of task waiting", "complete"),
    }
    assert all("use loop.call_soon_threadsafe" in each["message"] for each in found)


def test_what_keeps_a_program_from_ending_is_named(runs: dict[str, Future[Ended]]) -> None:
    found = runs["still_running"].result().of("still-running")
    assert {(each["evidence"]["what"], each["evidence"]["name"]) for each in found} == {
        ("task", "stubborn"),
        ("job", "linger_in_pool"),
        ("thread", "lingering"),
        ("job", "work"),
    }
    assert all(each["evidence"]["waited_seconds"] >= 2 for each in found)


def test_fail_on_a_rule_exits_with_3(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "loopscope", "run", "--fail-on", "task-dropped"]
    for name, status in (("task_dropped", 3), ("never_awaited", 0)):
        done = subprocess.run(
            [*command, str(PROGRAMS / f"{name}.py")],
            env=clean_environment(),
            cwd=tmp_path,
            capture_output=True,
            timeout=LONGEST_RUN_SECONDS,
        )
        assert done.returncode == status
