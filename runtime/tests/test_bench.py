"""The benchmarks run and say what they measured; what the figures are is no matter for a test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from conftest import RUNTIME, clean_environment

BENCH = RUNTIME.parent / "test" / "bench"
WATCH = BENCH / "watch.py"
GIL = BENCH / "gil.py"


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `watch.py` with these arguments."""
    command = [sys.executable, str(WATCH), *arguments]
    return subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=120)


def test_it_measures_without_again_watch_and_debug_mode(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    completed = bench("--rounds", "2", "--only", "queue ping-pong,idle", "--json", str(file))

    assert completed.returncode == 0, completed.stderr
    (result,) = json.loads(file.read_text(encoding="utf-8"))
    assert result["python"] == ".".join(map(str, sys.version_info[:3]))
    ping_pong, idle = result["rows"]
    assert (ping_pong["name"], idle["name"]) == ("queue ping-pong", "idle")
    assert ping_pong["without_ms"] > 0
    assert list(ping_pong["ratios"]) == ["again", "watch", "asyncio debug"]
    assert all(0 < ratio["low"] <= ratio["median"] <= ratio["high"] for ratio in ping_pong["ratios"].values())
    assert set(idle["ms_per_second"]) == {"without", "again", "watch", "asyncio debug"}
    assert completed.stdout.splitlines()[2].startswith("queue ping-pong")


def test_a_benchmark_that_does_not_exist_is_named_in_a_sentence() -> None:
    completed = bench("--only", "juggling")
    assert completed.returncode == 2
    assert "there is no benchmark 'juggling'; choose from task switch, " in completed.stderr


def test_it_measures_watch_and_trace() -> None:
    command = [sys.executable, str(WATCH.with_name("trace.py")), "--rounds", "2", "--only", "task switch"]
    completed = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=120)
    assert completed.returncode == 0, completed.stderr
    _, names, switch = completed.stdout.splitlines()
    assert names.split() == ["without", "again", "watch", "trace"]
    assert switch.startswith("task switch")
    assert switch.endswith("wanted 1.35")


def test_calls_that_keep_the_gil_are_told_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "calls.json"
    command = [sys.executable, str(GIL), "--rounds", "1", "--only", "sum", "--json", str(file)]
    completed = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=120)

    assert completed.returncode == 0, completed.stderr
    (result,) = json.loads(file.read_text(encoding="utf-8"))
    assert result["python"] == ".".join(map(str, sys.version_info[:3]))
    # Which of them are too short to count, and how many were seen, is the machine's affair.
    assert {hold["call"] for hold in result["holds"]} <= {"sum"}
    assert completed.stdout.splitlines()[2].startswith("all ")
