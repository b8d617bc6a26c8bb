"""Helpers that run real programs under the real runtime and stand in for a viewer at the other end of a real socket."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Optional

import pytest

RUNTIME = Path(__file__).resolve().parent.parent
BOOTSTRAP = RUNTIME / "loopscope" / "bootstrap"
sys.path.insert(0, str(RUNTIME))

from loopscope import protocol  # noqa: E402
from loopscope.tables import Tables  # noqa: E402
from loopscope.wire import Decoder, encode  # noqa: E402

# Long enough for a machine that is busy with other things; nothing waits for it to pass.
PATIENCE_SECONDS = 30


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment without anything of Loopscope's or Python's, but able to import the runtime."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("LOOPSCOPE_", "PYTHON", "PYTEST"))
    }
    environment["PYTHONPATH"] = str(RUNTIME)
    environment.update(extra)
    return environment


def packages_of_tests(folder: Path) -> str:
    """A path by which an inspected program imports the packages of the tests, wherever they are installed.

    It is made in `folder`, under the name by which packages are told from the program.
    """
    import anyio

    link = folder / "site-packages"
    link.symlink_to(Path(anyio.__file__).parent.parent, target_is_directory=True)
    return str(link)


class Programs:
    """Writes programs into a folder and runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, source: str, name: str = "program.py") -> Path:
        """Write a program; gives its path."""
        path = self.folder / name
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        return path

    def python(self, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run Python with these arguments."""
        options.setdefault("env", clean_environment())
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            cwd=str(self.folder),
            **options,
        )

    def run(self, source: str, *options: str, arguments: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Run a program under `loopscope run` with options of its own."""
        return self.python("-m", "loopscope", "run", *options, self.write(source), *arguments)

    def report(self, source: str, *options: str) -> dict[str, Any]:
        """Run a program and give its JSON report; the program must end well."""
        path = self.folder / "report.json"
        done = self.run(source, "--report", str(path), *options)
        assert done.returncode == 0, done.stderr
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return report


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """Programs in a folder of their own."""
    return Programs(tmp_path)


def line_of(source: str, marker: str) -> int:
    """The line, from 1, of a program's source that ends with the comment `# marker`."""
    for number, line in enumerate(textwrap.dedent(source).splitlines(), 1):
        if line.rstrip().endswith(f"# {marker}"):
            return number
    raise AssertionError(f"no line is marked {marker!r}")


class Connection:
    """A viewer's end of one process's connection."""

    def __init__(self, accepted: socket.socket) -> None:
        self.socket = accepted
        self.socket.settimeout(PATIENCE_SECONDS)
        self.tables = Tables()
        self.messages: list[dict[str, Any]] = []
        self.received = bytearray()
        self._decoder = Decoder()
        self._fresh: list[dict[str, Any]] = []

    def next(self) -> Optional[dict[str, Any]]:
        """The next message; None when the process has closed the connection."""
        while not self._fresh:
            try:
                data = self.socket.recv(1 << 20)
            except ConnectionError:
                return None
            if not data:
                return None
            self.received += data
            self._fresh = self._decoder.feed(data)
        message = self._fresh.pop(0)
        self.messages.append(message)
        if message["type"] == "update":
            self.tables.apply(message)
        return message

    def until(self, holds: Callable[[dict[str, Any]], Any]) -> Any:
        """Read messages until the condition gives something true for one; gives that."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            message = self.next()
            assert message is not None, "the process has closed the connection"
            assert time.monotonic() < deadline, f"not told in time; the last message was {message}"
            found = holds(message)
            if found:
                return found

    def until_type(self, kind: str) -> dict[str, Any]:
        """Read messages until one of this type comes."""
        found: dict[str, Any] = self.until(lambda message: message if message["type"] == kind else None)
        return found

    def rest(self) -> list[dict[str, Any]]:
        """Read everything up to the end of the connection."""
        while self.next() is not None:
            pass
        return self.messages

    def send(self, message: dict[str, Any]) -> None:
        """Send a message to the process."""
        self.socket.sendall(encode(message))

    def welcome(self, interval_ms: int = 20, threshold_ms: Optional[float] = None) -> dict[str, Any]:
        """Take the greeting and answer it; gives `hello`."""
        auth = self.until_type("auth")
        assert auth["role"] == "runtime"
        hello = self.until_type("hello")
        self.send(
            {
                "type": "welcome",
                "protocol": protocol.PROTOCOL_VERSION,
                "interval_ms": interval_ms,
                "threshold_ms": threshold_ms,
            }
        )
        return hello

    def task(self, name: str) -> Optional[dict[str, Any]]:
        """What is known of the task with this name."""
        return next((record for record in self.tables.tasks.records() if record["name"] == name), None)

    def site(self, number: int) -> dict[str, Any]:
        """The site with this number."""
        record = self.tables.sites.get(number)
        assert record is not None
        return record

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


class Viewer:
    """Listens as a viewer does, and starts processes that dial it."""

    token = "a-token-of-the-test"

    def __init__(self, programs: Programs) -> None:
        self.programs = programs
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(PATIENCE_SECONDS)
        self._connections: list[Connection] = []
        self._processes: list[subprocess.Popen[str]] = []

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that is to dial this viewer, brought in through the bootstrap."""
        port = self._server.getsockname()[1]
        return clean_environment(
            PYTHONPATH=str(BOOTSTRAP),
            LOOPSCOPE_CONNECT=f"tcp:127.0.0.1:{port}",
            LOOPSCOPE_TOKEN=self.token,
            LOOPSCOPE_SESSION="session-1",
        )

    def start(self, *arguments: object, **extra: str) -> subprocess.Popen[str]:
        """Start Python with these arguments."""
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**self.environment, **extra},
            cwd=str(self.programs.folder),
        )
        self._processes.append(process)
        return process

    def accept(self) -> Connection:
        """The next process that dials."""
        accepted, _ = self._server.accept()
        connection = Connection(accepted)
        self._connections.append(connection)
        return connection

    def watch(self, source: str, **welcome: Any) -> tuple[subprocess.Popen[str], Connection]:
        """Start a program and welcome it."""
        process = self.start(self.programs.write(source))
        connection = self.accept()
        connection.welcome(**welcome)
        return process, connection

    def close(self) -> None:
        """End what was started."""
        self._server.close()
        for connection in self._connections:
            connection.close()
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def viewer(programs: Programs) -> Iterator[Viewer]:
    """A viewer on a port of its own."""
    opened = Viewer(programs)
    yield opened
    opened.close()
