"""How a program that has the runtime in it is found, and who may look into it."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import pytest
from conftest import BOOTSTRAP, Connection, Programs, clean_environment

from loopscope import protocol

IDLE = """
    import asyncio, sys
    {prelude}

    async def main():
        print("runs", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        print("ended")

    asyncio.run(main())
"""
INSTALLS = "import loopscope; loopscope.install(threshold_ms=70)"


class Found:
    """A program that runs and waits for a line, and the folder where it can be found."""

    def __init__(self, programs: Programs, folder: Path) -> None:
        self.programs = programs
        self.folder = folder
        self._processes: list[subprocess.Popen[str]] = []

    def start(self, source: str = IDLE, prelude: str = INSTALLS, **extra: str) -> subprocess.Popen[str]:
        """Start a program, and wait until it says that it runs."""
        environment = clean_environment(LOOPSCOPE_DISCOVERY=str(self.folder), **extra)
        process = subprocess.Popen(
            [sys.executable, str(self.programs.write(source.format(prelude=prelude)))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=str(self.programs.folder),
        )
        self._processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "runs\n", process.communicate()
        return process

    def entry(self, pid: int) -> dict[str, Any]:
        """What the discovery file of a process says."""
        entry: dict[str, Any] = json.loads((self.folder / f"{pid}.json").read_text(encoding="utf-8"))
        return entry

    def call(self, pid: int, token: Optional[str] = None) -> Connection:
        """Connect to a process as a viewer does."""
        entry = self.entry(pid)
        caller = socket.socket(socket.AF_UNIX)
        caller.connect(entry["address"].partition(":")[2])
        return self.introduce(caller, entry["token"] if token is None else token)

    @staticmethod
    def introduce(caller: socket.socket, token: str) -> Connection:
        """Show a token."""
        connection = Connection(caller)
        connection.send({"type": "auth", "protocol": protocol.PROTOCOL_VERSION, "token": token, "role": "viewer"})
        return connection

    @staticmethod
    def welcome(connection: Connection, threshold_ms: Optional[float] = None) -> None:
        """Ask for what there is to see."""
        connection.send(
            {
                "type": "welcome",
                "protocol": protocol.PROTOCOL_VERSION,
                "interval_ms": 20,
                "threshold_ms": threshold_ms,
            }
        )

    def close(self) -> None:
        """End what was started."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def found(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """Programs that are found in a folder of their own."""
    opened = Found(programs, tmp_path_factory.mktemp("d") / "processes")
    yield opened
    opened.close()


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate("\n", timeout=60)
    return process.returncode, out, err


def test_only_the_owner_can_find_a_program_and_nothing_is_left_when_it_ends(found: Found) -> None:
    process = found.start()
    entry = found.entry(process.pid)
    assert (entry["pid"], entry["parent_pid"]) == (process.pid, os.getpid())
    assert entry["python"].startswith(f"{sys.version_info[0]}.{sys.version_info[1]}.")
    assert entry["argv"] == [str(found.programs.folder / "program.py")]
    assert entry["cwd"] == str(found.programs.folder)
    modes = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in [found.folder, *found.folder.iterdir()]}
    assert modes == {"processes": 0o700, f"{process.pid}.json": 0o600, f"{process.pid}.sock": 0o600}
    assert end(process) == (0, "ended\n", "")
    assert list(found.folder.iterdir()) == []


def test_a_viewer_that_comes_later_sees_everything_and_leaves_no_trace(found: Found) -> None:
    process = found.start()
    for _ in range(2):
        connection = found.call(process.pid)
        hello = connection.until_type("hello")
        assert hello["process"]["pid"] == process.pid
        assert (hello["threshold_ms"], hello["tasks_alive"]) == (70, 1)
        found.welcome(connection, threshold_ms=30)
        first = connection.until_type("update")
        assert (first["seq"], first["snapshot"]) == (1, True)
        task = connection.until(lambda _, seen=connection: seen.task("Task-1"))
        assert task["wait"]["kind"] == "job"
        connection.close()
    assert end(process) == (0, "ended\n", "")


def test_the_threshold_is_what_it_was_when_the_viewer_has_left(found: Found) -> None:
    source = """
        import asyncio, sys, time
        import loopscope
        loopscope.install(threshold_ms=10_000)
        from loopscope import installation

        async def main():
            print("runs", flush=True)
            session = installation.current()
            while session.threshold_ns != 30_000_000:
                await asyncio.sleep(0.01)
            print("changed", flush=True)
            while session.threshold_ns != 10_000_000_000 or session.sinks or session.controller:
                await asyncio.sleep(0.01)
            print("changed back")

        asyncio.run(main())
    """
    process = found.start(source, "")
    connection = found.call(process.pid)
    connection.until_type("hello")
    found.welcome(connection, threshold_ms=30)
    connection.send({"type": "request", "id": 1, "command": "set-stops", "arguments": {"jam_ms": 20}})
    connection.until_type("response")
    assert process.stdout is not None
    assert process.stdout.readline() == "changed\n"
    connection.close()
    assert end(process) == (0, "changed back\n", "")


def test_two_viewers_see_the_same_and_only_one_may_hold_the_loops(found: Found) -> None:
    process = found.start()
    viewers = [found.call(process.pid) for _ in range(2)]
    for connection in viewers:
        connection.until_type("hello")
        found.welcome(connection)
        connection.until(lambda _, seen=connection: seen.task("Task-1"))
        connection.send({"type": "request", "id": 1, "command": "set-stops", "arguments": {}})
    assert viewers[0].until_type("response")["error"] is None
    refused = viewers[1].until_type("response")["error"]
    assert refused == "Another debugger holds and steps this process's loops; end it first."
    viewers[0].close()

    def is_free(message: dict[str, Any]) -> bool:
        if message["type"] == "response":
            return message["error"] is None
        viewers[1].send({"type": "request", "id": 2, "command": "set-stops", "arguments": {}})
        return False

    assert viewers[1].until(is_free)
    assert end(process) == (0, "ended\n", "")


def test_who_has_not_the_token_is_told_nothing(found: Found) -> None:
    process = found.start()
    connection = found.call(process.pid, token="guessed")
    assert [message["type"] for message in connection.rest()] == ["refuse"]
    assert "The token is wrong" in connection.messages[0]["reason"]
    caller = socket.socket(socket.AF_UNIX)
    caller.connect(found.entry(process.pid)["address"].partition(":")[2])
    caller.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert Connection(caller).rest() == []
    # A frame so long is for those who are known.
    caller = socket.socket(socket.AF_UNIX)
    caller.connect(found.entry(process.pid)["address"].partition(":")[2])
    caller.sendall(b"\x00\x00\x20\x00J")
    assert Connection(caller).rest() == []
    assert found.call(process.pid).until_type("hello")["process"]["pid"] == process.pid
    assert end(process) == (0, "ended\n", "")


def test_what_a_killed_program_left_is_taken_away_by_the_next(found: Found) -> None:
    killed = found.start()
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert sorted(path.suffix for path in found.folder.iterdir()) == [".json", ".sock"]
    following = found.start()
    assert sorted(path.name for path in found.folder.iterdir()) == [f"{following.pid}.json", f"{following.pid}.sock"]


def test_a_folder_that_others_can_write_is_not_used(found: Found) -> None:
    found.folder.mkdir()
    found.folder.chmod(0o777)
    process = found.start()
    assert list(found.folder.iterdir()) == []
    assert end(process) == (0, "ended\n", "")


def test_a_forked_child_can_be_found_as_well(found: Found) -> None:
    source = """
        import asyncio, os, sys
        {prelude}

        async def main(word):
            print(word, flush=True)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

        asyncio.run(asyncio.sleep(0))
        print("runs", flush=True)
        child = os.fork()
        asyncio.run(main(child or "forked"))
        if child:
            os.waitpid(child, 0)
    """
    process = found.start(source)
    assert process.stdout is not None
    said = [process.stdout.readline().strip() for _ in range(2)]
    child = int(next(word for word in said if word != "forked"))
    assert found.entry(child)["parent_pid"] == process.pid
    connection = found.call(child)
    assert connection.until_type("hello")["process"]["pid"] == child
    connection.close()
    assert found.entry(process.pid)["token"] != found.entry(child)["token"]
    process.communicate("\n\n", timeout=60)


@pytest.mark.parametrize(("listen", "expected"), [("local", True), ("off", False)])
def test_the_environment_lets_the_runtime_in_idle(found: Found, listen: str, expected: bool) -> None:
    process = found.start(prelude="", PYTHONPATH=str(BOOTSTRAP), LOOPSCOPE_LISTEN=listen)
    assert found.folder.exists() == expected
    if expected:
        assert found.entry(process.pid)["pid"] == process.pid
    assert end(process) == (0, "ended\n", "")


def test_an_address_is_listened_at_only_for_those_who_have_the_token(found: Found) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    process = found.start(
        prelude="", PYTHONPATH=str(BOOTSTRAP), LOOPSCOPE_LISTEN=f"tcp:127.0.0.1:{port}", LOOPSCOPE_TOKEN="the-token"
    )
    refused = found.introduce(socket.create_connection(("127.0.0.1", port)), "another")
    assert [message["type"] for message in refused.rest()] == ["refuse"]
    connection = found.introduce(socket.create_connection(("127.0.0.1", port)), "the-token")
    connection.until_type("hello")
    found.welcome(connection)
    connection.until(lambda _: connection.task("Task-1"))
    assert end(process) == (0, "ended\n", "")
    assert connection.rest()[-1]["type"] == "bye"


def test_without_a_token_no_address_is_listened_at(found: Found) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    process = found.start(prelude="", PYTHONPATH=str(BOOTSTRAP), LOOPSCOPE_LISTEN=f"tcp:127.0.0.1:{port}")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    assert end(process) == (0, "ended\n", "")
