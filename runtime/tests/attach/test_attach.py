"""`python -m loopscope attach`: what it shows of a running program, and what it says when it cannot."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from conftest import PATIENCE_SECONDS, Programs, Viewer, clean_environment, line_of

from loopscope.attach import obstacles

CAN_BE_ENTERED = sys.version_info >= (3, 14)

BUSY = """
    import asyncio, sys, time
    {prelude}

    async def worker(lock):
        async with lock:
            await asyncio.sleep(1000)

    async def main():
        lock = asyncio.Lock()
        workers = [asyncio.create_task(worker(lock), name=f"worker-{{number}}") for number in range(3)]
        print("runs", flush=True)
        while True:
            await asyncio.sleep(0.05)
            time.sleep(0.15)  # held

    asyncio.run(main())
"""
INSTALLS = "import loopscope; loopscope.install()"


class Attaching:
    """Starts programs, and attaches to them from a terminal that is none."""

    def __init__(self, programs: Programs, folder: Path) -> None:
        self.programs = programs
        self.environment = clean_environment(LOOPSCOPE_DISCOVERY=str(folder))
        self._processes: list[subprocess.Popen[str]] = []

    def start(self, source: str, *options: str, **extra: str) -> subprocess.Popen[str]:
        """Start a program, and wait until it says that it runs."""
        process = self._start([*options, str(self.programs.write(source))], extra)
        assert process.stdout is not None
        assert process.stdout.readline() == "runs\n", process.communicate()
        return process

    def attach(self, *arguments: object) -> subprocess.Popen[str]:
        """Start the command."""
        return self._start(["-m", "loopscope", "attach", *map(str, arguments)], {})

    def _start(self, arguments: list[str], extra: dict[str, str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**self.environment, **extra},
            cwd=str(self.programs.folder),
        )
        self._processes.append(process)
        return process

    def refusal(self, pid: int) -> str:
        """What the command says to a process that it cannot attach to."""
        command = self.attach(pid)
        out, err = command.communicate(timeout=PATIENCE_SECONDS)
        assert (out, command.returncode) == ("", 2), err
        assert err.count("\n") == 1
        return err

    def close(self) -> None:
        """End what was started."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def attaching(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attaching]:
    """Programs that are found in a folder of their own."""
    opened = Attaching(programs, tmp_path_factory.mktemp("d") / "processes")
    yield opened
    opened.close()


def read_until(stream: IO[str], pattern: str) -> str:
    """Read lines up to one in which the pattern is found; gives all of them."""
    text = ""
    for line in stream:
        text += line
        if re.search(pattern, line):
            return text
    raise AssertionError(f"{pattern!r} was not printed: {text}")


@pytest.mark.parametrize(
    "prelude",
    [
        pytest.param(INSTALLS, id="idle"),
        pytest.param(
            "",
            id="entered",
            marks=pytest.mark.skipif(not CAN_BE_ENTERED, reason="a process can be entered from Python 3.14 on"),
        ),
    ],
)
def test_shows_loops_tasks_and_what_holds_them_until_it_is_interrupted(attaching: Attaching, prelude: str) -> None:
    process = attaching.start(BUSY.format(prelude=prelude))
    for _ in range(2):
        command = attaching.attach(process.pid)
        assert command.stdout is not None
        how = "has the runtime in it" if prelude else "entered while it ran"
        page = read_until(command.stdout, r"^held: ")
        assert re.match(rf"Process {process.pid}, Python [\d.]+, {how}: .*program\.py\n", page)
        assert re.search(r"^Loop 1: asyncio\.\S*EventLoop in MainThread, \w+; lag ", page, re.M), page
        assert re.search(r"^Tasks: 4 alive \(.*[34] waiting.*\), 4 created$", page, re.M), page
        assert re.search(r"^  worker-2 \(worker\) waits on Lock for ", page, re.M), page
        line = line_of(BUSY.format(prelude=prelude), "held")
        assert re.search(rf"program\.py:{line} in main: time\.sleep \(\w+\), (once|\d+ times), longest ", page)
        command.send_signal(signal.SIGINT)
        _, err = command.communicate(timeout=PATIENCE_SECONDS)
        assert (command.returncode, err) == (0, f"loopscope: detached from process {process.pid}, which runs on.\n")
    assert process.poll() is None


def test_writes_a_report_when_its_time_is_over(attaching: Attaching) -> None:
    process = attaching.start(BUSY.format(prelude=INSTALLS))
    command = attaching.attach(process.pid, "--for", "4", "--report", "-")
    out, err = command.communicate(timeout=PATIENCE_SECONDS)
    assert command.returncode == 0, err
    report = json.loads(out)
    assert report["process"]["pid"] == process.pid
    assert report["tasks"]["alive"] == 4
    lines = {(block["callee"], block["line"]) for block in report["blocking"]}
    # A machine that is busy may have held the loop as well, on no line of the program's.
    assert ("time.sleep", line_of(BUSY.format(prelude=INSTALLS), "held")) in lines


def test_ends_with_the_program(attaching: Attaching) -> None:
    source = """
        import asyncio, sys
        import loopscope; loopscope.install()

        async def main():
            print("runs", flush=True)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

        asyncio.run(main())
    """
    process = attaching.start(source)
    command = attaching.attach(process.pid)
    assert command.stdout is not None
    read_until(command.stdout, "^Tasks: 1 alive")
    process.communicate("\n", timeout=PATIENCE_SECONDS)
    _, err = command.communicate(timeout=PATIENCE_SECONDS)
    assert (command.returncode, err) == (0, f"loopscope: process {process.pid} has ended.\n")


def test_what_a_program_names_itself_does_nothing_to_the_terminal(attaching: Attaching) -> None:
    source = BUSY.format(prelude=INSTALLS).replace('f"worker-{number}"', r'"\x1b]0;title\x07evil"')
    process = attaching.start(source)
    command = attaching.attach(process.pid)
    assert command.stdout is not None
    page = read_until(command.stdout, "^Held")
    assert "�]0;title�evil (worker) waits on Lock" in page
    assert "\x1b" not in page
    command.kill()


def test_lists_the_programs_that_have_the_runtime_in_them(attaching: Attaching) -> None:
    listing = attaching.attach()
    out, err = listing.communicate(timeout=PATIENCE_SECONDS)
    assert (out, listing.returncode) == ("", 2)
    assert err.startswith("loopscope: no running program has the runtime in it")
    process = attaching.start(BUSY.format(prelude=INSTALLS))
    out, _ = attaching.attach().communicate(timeout=PATIENCE_SECONDS)
    assert re.match(rf" *{process.pid}  Python [\d.]+  \S*program\.py\n$", out)


@pytest.mark.skipif(not CAN_BE_ENTERED, reason="a process can be entered from Python 3.14 on")
def test_a_process_that_was_entered_is_as_it_was_when_the_viewer_has_left(attaching: Attaching) -> None:
    source = """
        import asyncio, gc, os, sys, threading, time
        from asyncio import base_events, events

        def state():
            return (
                base_events.BaseEventLoop.create_task,
                events._set_running_loop,
                events.Handle._run,
                list(gc.callbacks),
                list(sys.meta_path),
                list(sys.path),
                sorted(os.listdir("/proc/self/fd")),
                len(os.listdir("/proc/self/task")),
                [thread.name for thread in threading.enumerate()],
            )

        async def main():
            before = state()
            print("runs", flush=True)
            while state() == before:
                await asyncio.sleep(0.01)
            print("entered", flush=True)
            while state() != before:
                await asyncio.sleep(0.01)
            print("as before")

        asyncio.run(main())
    """
    process = attaching.start(source)
    command = attaching.attach(process.pid)
    assert command.stdout is not None
    read_until(command.stdout, "^Tasks: 1 alive")
    command.send_signal(signal.SIGINT)
    command.communicate(timeout=PATIENCE_SECONDS)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, out, err) == (0, "entered\nas before\n", "")
    assert list(Path(attaching.environment["LOOPSCOPE_DISCOVERY"]).iterdir()) == []


@pytest.mark.skipif(not CAN_BE_ENTERED, reason="a process can be entered from Python 3.14 on")
def test_a_viewer_that_is_killed_takes_the_runtime_with_it(attaching: Attaching) -> None:
    source = """
        import asyncio, gc

        async def main():
            print("runs", flush=True)
            while not gc.callbacks:
                await asyncio.sleep(0.01)
            print("entered", flush=True)
            while gc.callbacks:
                await asyncio.sleep(0.01)
            print("left")

        asyncio.run(main())
    """
    process = attaching.start(source)
    command = attaching.attach(process.pid)
    assert command.stdout is not None
    read_until(command.stdout, "^Tasks: 1 alive")
    command.kill()
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, out, err) == (0, "entered\nleft\n", "")


@pytest.mark.skipif(not CAN_BE_ENTERED, reason="a process can be entered from Python 3.14 on")
def test_a_process_can_be_had_to_dial_a_viewer_elsewhere(attaching: Attaching, viewer: Viewer) -> None:
    process = attaching.start(BUSY.format(prelude=""))
    address = viewer.environment["LOOPSCOPE_CONNECT"]
    attaching.environment.update(LOOPSCOPE_TOKEN=viewer.token, LOOPSCOPE_SESSION="session-7")
    command = attaching.attach("--into", address, process.pid)
    connection = viewer.accept()
    hello = connection.welcome()
    assert (hello["process"]["pid"], hello["session"]) == (process.pid, "session-7")
    connection.until(lambda _: connection.task("worker-2"))
    assert command.communicate(timeout=PATIENCE_SECONDS) == ("", "")
    assert command.returncode == 0
    connection.close()
    assert process.poll() is None


class TestSaysWhyItCannot:
    """One sentence each, with what is missing."""

    def test_no_such_process(self, attaching: Attaching) -> None:
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        assert attaching.refusal(ended.pid) == f"loopscope: There is no process {ended.pid}.\n"

    def test_no_python(self, attaching: Attaching) -> None:
        with running(["sleep", "1000"]) as process:
            assert f"Process {process.pid} is sleep, not a Python interpreter" in attaching.refusal(process.pid)

    @pytest.mark.skipif(CAN_BE_ENTERED, reason="this Python can be entered")
    def test_too_old(self, attaching: Attaching) -> None:
        process = attaching.start(BUSY.format(prelude=""))
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        sentence = attaching.refusal(process.pid)
        assert f"Process {process.pid} runs Python {version} without Loopscope's runtime" in sentence
        assert "start it by `python -m loopscope run`, or call `loopscope.install()` in it" in sentence

    @pytest.mark.skipif(not CAN_BE_ENTERED, reason="a process can be entered from Python 3.14 on")
    @pytest.mark.parametrize(
        ("options", "variables", "how"),
        [
            (["-X", "disable-remote-debug"], {}, "by the option -X disable-remote-debug"),
            (["-Xdisable_remote_debug"], {}, "by the option -X disable-remote-debug"),
            ([], {"PYTHON_DISABLE_REMOTE_DEBUG": "1"}, "by the variable PYTHON_DISABLE_REMOTE_DEBUG"),
        ],
    )
    def test_disabled(self, attaching: Attaching, options: list[str], variables: dict[str, str], how: str) -> None:
        process = attaching.start(BUSY.format(prelude=""), *options, **variables)
        assert f"Remote debugging is disabled in process {process.pid} {how}" in attaching.refusal(process.pid)

    @pytest.mark.skipif(not CAN_BE_ENTERED, reason="a process can be entered from Python 3.14 on")
    def test_no_asyncio(self, attaching: Attaching) -> None:
        process = attaching.start("import time\nprint('runs', flush=True)\nwhile True: time.sleep(0.01)\n")
        assert "it has not imported asyncio, so there is no event loop" in attaching.refusal(process.pid)
        assert list(Path(attaching.environment["LOOPSCOPE_DISCOVERY"]).iterdir()) == []

    def test_suspended(self, attaching: Attaching) -> None:
        process = attaching.start(BUSY.format(prelude=INSTALLS))
        process.send_signal(signal.SIGSTOP)
        until_stopped(process.pid)
        sentence = attaching.refusal(process.pid)
        assert f"Process {process.pid} is suspended: let it go on by `kill -CONT {process.pid}`" in sentence

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can run as somebody else")
    def test_another_users(self, attaching: Attaching) -> None:
        with running(["sleep", "1000"], user=65534, group=65534) as process:
            sentence = attaching.refusal(process.pid)
        assert re.search(rf"Process {process.pid} belongs to the user \w+, and only its owner may attach", sentence)

    @pytest.mark.parametrize(
        ("scope", "words"),
        [
            ("1", "kernel.yama.ptrace_scope is 1, which keeps you from entering process 7: run `sudo sysctl"),
            ("3", "kernel.yama.ptrace_scope is 3, which lets nobody enter process 7 until the next boot"),
            (None, "The right to enter process 7 is missing (CAP_SYS_PTRACE"),
        ],
    )
    def test_no_right(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scope: Any, words: str) -> None:
        setting = tmp_path / "ptrace_scope"
        if scope is not None:
            setting.write_text(scope + "\n")
        monkeypatch.setattr(obstacles, "PTRACE_SCOPE", str(setting))
        assert words in obstacles.after(7, "", "PermissionError")

    def test_a_threshold_that_is_none(self, attaching: Attaching) -> None:
        command = attaching.attach(1, "--threshold", "soon")
        _, err = command.communicate(timeout=PATIENCE_SECONDS)
        assert (command.returncode, "The threshold 'soon' cannot be used" in err) == (2, True)


@contextlib.contextmanager
def running(command: list[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs meanwhile."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def until_stopped(pid: int) -> None:
    """Wait until the system has suspended a process."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not obstacles.is_stopped(pid):
        assert time.monotonic() < deadline
