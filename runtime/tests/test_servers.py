"""Servers of several processes: each process that serves is an entry of its own, under the one that started it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Optional

import pytest
from conftest import PATIENCE_SECONDS, Connection, Viewer, line_of

pytest.importorskip("uvicorn", reason="uvicorn is not to be had for this Python")

APP = """
    import os, time

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": message["type"] + ".complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        if scope["path"] == "/block":
            time.sleep(0.3)  # held
        headers = [(b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
"""


# What uvloop does is told elsewhere.
PLAIN = ("--loop", "asyncio")


class Family:
    """The processes of one server, as a viewer comes to know them."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._members: dict[int, tuple[dict[str, Any], Connection]] = {}
        self._changed = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    def wait(self, found: Callable[[dict[int, dict[str, Any]]], Any]) -> Any:
        """Wait until something is true of the processes, by pid; gives that."""
        with self._changed:
            assert self._changed.wait_for(lambda: found(self.processes), PATIENCE_SECONDS), self.processes
            return found(self.processes)

    @property
    def processes(self) -> dict[int, dict[str, Any]]:
        """How each process introduced itself, by pid."""
        return {pid: hello["process"] for pid, (hello, _) in self._members.items()}

    def children_of(self, pid: int) -> set[int]:
        """The processes that another has started."""
        return {child for child, process in self.processes.items() if process["parent_pid"] == pid}

    def connection(self, pid: int) -> Connection:
        """The connection of a process."""
        return self._members[pid][1]

    def _accept(self) -> None:
        while True:
            try:
                connection = self._viewer.accept()
                hello = connection.welcome()
            except (OSError, AssertionError):
                return
            with self._changed:
                self._members[hello["process"]["pid"]] = (hello, connection)
                self._changed.notify_all()


class Server:
    """A server under inspection, and its processes."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self.app = viewer.programs.write(APP, "served.py")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        self.family = Family(viewer)

    def start(self, *arguments: str) -> int:
        """Start the server, in a process group of its own; gives the pid of its first process."""
        self._process = subprocess.Popen(
            [sys.executable, *[argument.format(port=self.port) for argument in arguments]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._viewer.environment,
            cwd=str(self._viewer.programs.folder),
            start_new_session=True,
        )
        return self._process.pid

    def get(self, path: str) -> int:
        """Ask for a page, as soon as somebody serves; gives the pid of who did."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
            try:
                client.request("GET", path)
                return int(client.getresponse().read())
            except (ConnectionError, http.client.HTTPException):
                assert time.monotonic() < deadline, "nobody serves"
                time.sleep(0.05)
            finally:
                client.close()

    def kill(self) -> None:
        """End all of it: what a server makes of a signal is its own concern."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE_SECONDS)


@pytest.fixture
def server(viewer: Viewer) -> Iterator[Server]:
    """A server that is not started yet."""
    opened = Server(viewer)
    yield opened
    opened.kill()


def held_line(family: Family, pid: int) -> Optional[int]:
    """The line that held the loop of a process, as soon as it is told."""
    connection = family.connection(pid)

    def found(_: dict[str, Any]) -> Optional[int]:
        for block in connection.tables.blocks.records():
            if block["callee"] == "time.sleep":
                return connection.site(block["site"])["line"]
        return None

    line: Optional[int] = connection.until(found)
    return line


def check_workers(server: Server, parent: int, count: int) -> None:
    """Every process that answers is known, under its parent, with the line that held its loop."""
    family = server.family
    family.wait(lambda _: len(family.children_of(parent)) >= count)
    workers = family.children_of(parent)
    assert len(workers) == count
    server.get("/")
    pid = server.get("/block")
    assert pid in workers
    assert held_line(family, pid) == line_of(APP, "held")


def test_uvicorn_with_workers(server: Server) -> None:
    parent = server.start("-m", "uvicorn", "served:app", "--port", "{port}", "--workers", "2", *PLAIN)
    server.family.wait(lambda processes: parent in processes)
    check_workers(server, parent, 2)


def test_uvicorn_that_starts_anew_when_a_file_changes(server: Server) -> None:
    parent = server.start("-m", "uvicorn", "served:app", "--port", "{port}", "--reload", *PLAIN)
    check_workers(server, parent, 1)
    (first,) = server.family.children_of(parent)
    server.app.write_text(server.app.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    server.family.wait(lambda _: len(server.family.children_of(parent)) == 2)
    (second,) = server.family.children_of(parent) - {first}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.get("/") != second:
        assert time.monotonic() < deadline
    # uvicorn ends it by a signal, so it says no goodbye: the connection closes.
    assert server.family.connection(first).rest()


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn does not run on Windows")
def test_gunicorn_with_uvicorn_workers(server: Server) -> None:
    pytest.importorskip("gunicorn", reason="gunicorn is not to be had for this Python")
    pytest.importorskip("uvicorn_worker", reason="uvicorn-worker is not to be had for this Python")
    worker = "uvicorn_worker.UvicornH11Worker"
    parent = server.start(
        "-m", "gunicorn", "served:app", "--bind", "127.0.0.1:{port}", "--workers", "2", "--worker-class", worker
    )
    check_workers(server, parent, 2)
