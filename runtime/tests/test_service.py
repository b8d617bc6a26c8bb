"""An aiohttp service under load from a second process: the report names the line that holds its loop, nothing else."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import RUNTIME, clean_environment
from expectations import LINE_CAUSES, marked_lines
from machine import Machine

pytest.importorskip("aiohttp", reason="aiohttp is not installed; runtime/tests/requirements.txt lists it")

SERVICE = RUNTIME.parent / "test" / "service"
APP = SERVICE / "app.py"
GOOD_ROUTES = ["hello", "sleep", "query", "offload"]
LONGEST_RUN_SECONDS = 60


def send(port: int, requests: int, connections: int, routes: list[str]) -> dict[str, int]:
    """Sends requests from a second process; returns how many answers of each route and status came."""
    size = ["--requests", str(requests), "--connections", str(connections)]
    command = [sys.executable, str(SERVICE / "load.py"), str(port), *size, *routes]
    completed = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, timeout=LONGEST_RUN_SECONDS)
    answers: dict[str, int] = json.loads(completed.stdout)
    return answers


class Service:
    """The service under `loopscope run`; as a context manager it is started, and gone at the end whatever happens."""

    def __init__(self, report_file: Path, redis_port: int | None = None) -> None:
        self._report_file = report_file
        options = ["--report", str(report_file), "--fail-on", "blocking"]
        arguments = [] if redis_port is None else ["--redis-port", str(redis_port)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "loopscope", "run", *options, str(APP), *arguments],
            cwd=SERVICE,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = 0

    def __enter__(self) -> Service:
        assert self._process.stdout is not None
        try:
            first_line = self._process.stdout.readline()
            assert first_line.startswith("listening on "), first_line
            self.port = int(first_line.split()[-1])
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *details: object) -> None:
        self._end()

    def stop(self) -> tuple[int, dict[str, Any]]:
        """Asks the service to end; returns its exit code and its report."""
        assert send(self.port, 1, 1, ["stop"]) == {"stop 200": 1}
        exit_code = self._process.wait(LONGEST_RUN_SECONDS)
        report: dict[str, Any] = json.loads(self._report_file.read_text(encoding="utf-8"))
        return exit_code, report

    def _end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real Redis on a free loopback port, in a folder of its own."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed; `apt-get install redis-server` on Debian")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    server = subprocess.Popen(
        [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"],
        cwd=tmp_path_factory.mktemp("redis"),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if "eady to accept connections" in line:
                break
        else:
            pytest.fail("redis-server ended before it was ready")
        yield port
    finally:
        server.terminate()
        server.communicate()


def lines_at_fault(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The blocks that are the fault of the line they name."""
    return [block for block in report["blocking"] if block["cause"] in LINE_CAUSES]


def test_the_report_names_the_blocking_line_and_nothing_else(tmp_path: Path) -> None:
    machine = Machine()
    with Service(tmp_path / "report.json") as service:
        answers = send(service.port, 50, 5, [*GOOD_ROUTES, "block"])
        exit_code, report = service.stop()

    assert answers == {f"{route} 200": 10 for route in [*GOOD_ROUTES, "block"]}
    assert exit_code == 3
    (block,) = lines_at_fault(report)
    assert (Path(block["file"]), frozenset({block["line"]})) == (APP, marked_lines(APP, "block"))
    assert (block["function"], block["callee"], block["cause"]) == ("block", "time.sleep", "sleep")
    # What the machine had no processor for is put on it, and on no line.
    assert block["count"] == 10 or machine.was_starved(), report["blocking"]
    # Each hold of 0.25 s is measured to within 25 ms.
    assert 0.225 <= block["max_seconds"] <= block["total_seconds"]
    assert block["total_seconds"] >= block["count"] * 0.225
    findings = [finding for finding in report["findings"] if finding["rule"] == "blocking"]
    assert [(Path(finding["file"]), finding["line"]) for finding in findings] == [(APP, block["line"])]


def test_a_service_with_good_routes_only_is_not_blamed(tmp_path: Path) -> None:
    with Service(tmp_path / "report.json") as service:
        answers = send(service.port, 200, 8, GOOD_ROUTES)
        exit_code, report = service.stop()

    assert answers == {f"{route} 200": 50 for route in GOOD_ROUTES}
    assert exit_code == 0
    assert lines_at_fault(report) == []
    assert [finding for finding in report["findings"] if finding["rule"] == "blocking"] == []
    pools = {executor["max_workers"]: executor for executor in report["executors"]}
    assert pools[4]["submitted"] == pools[4]["completed"] == 50
    (site,) = pools[4]["sites"]
    assert (Path(site["file"]), frozenset({site["line"]})) == (APP, marked_lines(APP, "offload"))


def test_waiting_for_a_real_redis_is_no_block(tmp_path: Path, redis_port: int) -> None:
    with Service(tmp_path / "report.json", redis_port) as service:
        answers = send(service.port, 40, 4, ["cached", "cached", "cached", "block"])
        exit_code, report = service.stop()

    assert answers == {"block 200": 10, "cached 200": 30}
    assert exit_code == 3
    (block,) = lines_at_fault(report)
    assert (block["line"], block["count"]) == (min(marked_lines(APP, "block")), 10)
