"""The checker of the inspected programs can itself be trusted: it reads its grammar and it notices differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from expectations import ExpectationError, compare, compare_findings, read_expectations, read_statements, within

PROGRAM = """\
# loopscope: blocks line=nap callee=time.sleep|sleep cause=sleep count=2 max-seconds=0.2.. task=worker
# loopscope: site line=create created=2
# loopscope: tasks failed=0 alive=0
# loopscope: executor type=ThreadPoolExecutor submitted=3 offloads=submit
# loopscope: exit 5
import time
time.sleep(1)  # <- nap
create()  # <- create
submit()  # <- submit
"""


def written(folder: Path, text: str) -> Path:
    program = folder / "program.py"
    program.write_text(text, encoding="utf-8")
    return program


def report_for(program: Path) -> dict[str, Any]:
    """A report that agrees with `PROGRAM`."""
    file = str(program)
    place = {"file": file, "line": 7, "function": "<module>"}
    block = {"callee": "time.sleep", "cause": "sleep", "count": 2, "total_seconds": 0.5, "max_seconds": 0.26}
    tasks = {"created": 2, "finished": 2, "cancelled": 0, "failed": 0, "alive": 0}
    executor = {"type": "ThreadPoolExecutor", "max_workers": 6, "submitted": 3, "completed": 3, "max_queued": 0}
    return {
        "loops": [{}],
        "blocking": [{**place, **block, "task": "worker", "victims": 0, "stack": [place]}],
        "findings": [{"rule": "blocking", "file": file, "line": 7, "message": "held", "evidence": {"cause": "sleep"}}],
        "tasks": {**tasks, "sites": [{"file": file, "line": 8, "created": 2}]},
        "executors": [{**executor, "sites": [{"file": file, "line": 9}]}],
    }


def test_a_report_that_says_what_the_program_states_is_agreed_with(tmp_path: Path) -> None:
    program = written(tmp_path, PROGRAM)
    expectations = read_expectations(program)
    assert expectations.exit_code == 5
    assert expectations.blocks
    assert compare(expectations, report_for(program)) == []


@pytest.mark.parametrize(
    ("section", "key", "value", "complaint"),
    [
        ("blocking", "line", 8, "no such block"),
        ("blocking", "callee", "time.time", "no such block"),
        ("blocking", "cause", "cpu", "no such block"),
        ("blocking", "task", None, "no such block"),
        ("blocking", "count", 3, "the report counts 3"),
        ("blocking", "max_seconds", 0.1, "the longest reported is 0.100 s"),
        ("blocking", "total_seconds", 0.2, "does not fit"),
        ("blocking", "stack", [], "does not lead to the line"),
        ("findings", "line", 8, "unexpected blocking finding at program.py:8"),
        ("executors", "submitted", 4, "expected executor"),
        ("executors", "type", "ProcessPoolExecutor", "unexpected executor"),
        ("executors", "sites", [], "expected executor"),
    ],
)
def test_a_report_that_differs_is_complained_about(
    tmp_path: Path, section: str, key: str, value: object, complaint: str
) -> None:
    program = written(tmp_path, PROGRAM)
    report = report_for(program)
    report[section][0][key] = value
    assert complaint in "\n".join(compare(read_expectations(program), report))


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("failed", 1, "expected tasks failed=0"),
        ("created", 3, "3 tasks created, but 2"),
        ("sites", [], "expected site"),
    ],
)
def test_wrong_task_counts_are_complained_about(tmp_path: Path, key: str, value: object, complaint: str) -> None:
    program = written(tmp_path, PROGRAM)
    report = report_for(program)
    report["tasks"][key] = value
    assert complaint in "\n".join(compare(read_expectations(program), report))


def test_a_second_blocking_place_is_unexpected_unless_it_is_not_the_lines_fault(tmp_path: Path) -> None:
    program = written(tmp_path, PROGRAM)
    report = report_for(program)
    other = {**report["blocking"][0], "line": 8}
    report["blocking"].append(other)
    assert compare(read_expectations(program), report) == [
        "unexpected block at program.py:8: time.sleep, cause sleep, 2 times, 0.260 s"
    ]
    other["cause"] = "machine"
    assert compare(read_expectations(program), report) == []


def test_on_a_starved_machine_a_hold_may_be_the_machines_fault(tmp_path: Path) -> None:
    program = written(tmp_path, PROGRAM)
    report = report_for(program)
    report["blocking"][0].update(cause="machine", file=None, line=None)
    report["findings"].clear()
    assert compare(read_expectations(program), report, starved=True) == []
    assert "no such block" in "\n".join(compare(read_expectations(program), report))
    report["blocking"].clear()
    assert "no such block" in "\n".join(compare(read_expectations(program), report, starved=True))


def test_every_finding_must_be_stated_and_every_stated_one_found(tmp_path: Path) -> None:
    program = written(
        tmp_path,
        "# loopscope: finding rule=stuck line=wait count=1\n"
        "# loopscope: finding rule=deadlock python=3.99\n"
        "wait()  # <- wait\n",
    )
    stuck = {"rule": "stuck", "file": str(program), "line": 3, "message": "it waits"}
    elsewhere = {**stuck, "line": 2}
    deadlock = {"rule": "deadlock", "file": None, "line": None, "message": "a circle"}
    held = {"rule": "blocking", "file": str(program), "line": 1, "message": "held"}
    statements = read_statements(program)
    assert compare_findings(statements, [stuck, held]) == []
    assert compare_findings(statements, []) == ["expected finding rule=stuck line=wait count=1, the report has 0"]
    assert compare_findings(statements, [stuck, elsewhere]) == ["unexpected finding stuck at program.py:2: it waits"]
    assert compare_findings(statements, [stuck, deadlock]) == [
        "expected finding rule=deadlock python=3.99, the report has 1"
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("# loopscope: no blocks\n", "say 'exit'"),
        ("# loopscope: exit 0\n", "either 'no blocks'"),
        ("# loopscope: no blocks\n# loopscope: sings\n# loopscope: exit 0\n", "'sings' is no statement"),
        ("# loopscope: no blocks\n# loopscope: tasks made=1\n# loopscope: exit 0\n", "'made=1' does not belong"),
        ("# loopscope: no blocks\n# loopscope: site line=x\n# loopscope: exit 0\n", "site lacks created"),
        ("# loopscope: no blocks\n# loopscope: site line=x created=1\n# loopscope: exit 0\n", "ends with '# <- x'"),
        ("# loopscope: no blocks\n# loopscope: site file=y.py line=x created=1\n", "there is no file y.py"),
    ],
)
def test_a_head_comment_that_cannot_be_read_is_refused_in_a_sentence(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ExpectationError, match=r"program\.py") as refusal:
        read_expectations(written(tmp_path, text))
    assert complaint in str(refusal.value)


def test_ranges_include_both_ends() -> None:
    assert [within("3", 3), within("3", 4), within("3..", 3), within("3..", 9), within("3..5", 5)] == [
        True,
        False,
        True,
        True,
        True,
    ]
    assert not within("3..5", 6)
    with pytest.raises(ExpectationError, match="'many' is not a number"):
        within("many", 1)
