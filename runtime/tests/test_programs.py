"""Every program in `test/programs` gets the report that its head comment asks for, and is otherwise left as it was."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from conftest import RUNTIME, clean_environment
from expectations import Expectations, compare, read_expectations
from machine import Machine

PROGRAMS = RUNTIME.parent / "test" / "programs"
NAMES = sorted(file.stem for file in PROGRAMS.glob("[!_]*.py"))
FAIL_ON_EXIT_CODE = 3
LONGEST_RUN_SECONDS = 60
# Most of the programs wait most of the time.
AT_ONCE = 4


@dataclass(frozen=True)
class Run:
    """How one program ended."""

    exit_code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Inspected:
    """One program: what it states, how it runs alone, how it runs under Loopscope, and what the report says."""

    expectations: Expectations
    alone: Run
    under: Run
    report: dict[str, Any]
    starved: bool


def run(arguments: list[str]) -> Run:
    """Runs the interpreter that runs the tests, in the programs' folder, with the runtime within reach.

    A program that does not end is killed, and the test fails.
    """
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=PROGRAMS,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST_RUN_SECONDS,
    )
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def alone() -> dict[str, Run]:
    """How each program runs alone. They are done when the first is inspected: what runs beside a program could be what
    keeps the processor from it."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(NAMES, pool.map(lambda name: run([str(PROGRAMS / f"{name}.py")]), NAMES)))


@pytest.fixture(scope="module", params=NAMES)
def inspected(
    request: pytest.FixtureRequest, alone: dict[str, Run], tmp_path_factory: pytest.TempPathFactory
) -> Inspected:
    """Runs one program under `loopscope run --fail-on blocking`."""
    program = PROGRAMS / f"{request.param}.py"
    report_file = tmp_path_factory.mktemp("report") / "report.json"
    machine = Machine()
    under = run(["-m", "loopscope", "run", "--report", str(report_file), "--fail-on", "blocking", str(program)])
    assert report_file.is_file(), f"no report was written; standard error: {under.errors}"
    report: dict[str, Any] = json.loads(report_file.read_text(encoding="utf-8"))
    return Inspected(read_expectations(program), alone[request.param], under, report, machine.was_starved())


def test_the_report_says_what_the_program_states(inspected: Inspected) -> None:
    complaints = compare(inspected.expectations, inspected.report, inspected.starved)
    assert not complaints, "\n".join(complaints)


def test_the_program_alone_ends_as_it_states(inspected: Inspected) -> None:
    assert inspected.alone.exit_code == inspected.expectations.exit_code, inspected.alone.errors


def test_fail_on_blocking_exits_3_exactly_for_those_that_block(inspected: Inspected) -> None:
    blocks = inspected.expectations.blocks
    if inspected.starved:
        # What it says of the machine is no finding.
        blocks = any(finding["rule"] == "blocking" for finding in inspected.report["findings"])
    wanted = FAIL_ON_EXIT_CODE if blocks else inspected.expectations.exit_code
    assert inspected.under.exit_code == wanted, inspected.under.errors


def test_the_output_is_the_programs_own(inspected: Inspected) -> None:
    assert inspected.under.output == inspected.alone.output


def test_standard_error_is_the_programs_own_but_for_sentences_of_loopscope(inspected: Inspected) -> None:
    lines = inspected.under.errors.splitlines(keepends=True)
    assert "".join(line for line in lines if not line.startswith("loopscope:")) == inspected.alone.errors


def test_there_are_programs() -> None:
    assert len(NAMES) >= 20
