"""The demo shows what it is there to show: many tasks, three executors, and one line that holds the loop."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import RUNTIME, clean_environment
from expectations import LINE_CAUSES

DEMO = RUNTIME.parent / "demo"
PRICING = DEMO / "pricing.py"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `npm start -- --headless` reports of the demo, of a shorter run."""
    file = tmp_path_factory.mktemp("demo") / "report.json"
    completed = subprocess.run(
        [sys.executable, "-m", "loopscope", "run", "--report", str(file), str(DEMO / "app.py"), "--seconds", "4"],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (completed.returncode, completed.stderr) == (0, "")
    assert completed.stdout.splitlines()[-1].startswith("The tea shop is closed: ")
    result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return result


def test_the_one_slow_line_is_named(report: dict[str, Any]) -> None:
    (line,) = (
        number
        for number, text in enumerate(PRICING.read_text(encoding="utf-8").splitlines(), start=1)
        if "time.sleep(" in text
    )
    (block,) = (block for block in report["blocking"] if block["cause"] in LINE_CAUSES)
    assert (Path(block["file"]), block["line"], block["function"]) == (PRICING, line, "load_rates")
    assert (block["callee"], block["cause"], block["task"]) == ("time.sleep", "sleep", "exchange rates")
    assert block["max_seconds"] >= 0.45
    assert "refresh_rates" in [entry["function"].rpartition(".")[2] for entry in block["stack"]]


def test_every_task_and_executor_is_there(report: dict[str, Any]) -> None:
    tasks = report["tasks"]
    assert tasks["created"] == tasks["finished"] + tasks["cancelled"] + tasks["failed"] + tasks["alive"]
    assert (tasks["failed"], tasks["alive"]) == (0, 0)
    assert tasks["created"] >= 5 + 3 + 6 + 6
    types = sorted(executor["type"] for executor in report["executors"])
    assert types == ["ProcessPoolExecutor", "ThreadPoolExecutor", "ThreadPoolExecutor"]
