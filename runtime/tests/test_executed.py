"""Which lines were executed, as a viewer is told that asked for them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Optional

import pytest
from conftest import Programs, Viewer, line_of

from loopscope import protocol

needs_monitoring = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is of Python 3.12")

SOURCE = """
    import asyncio, sys, threading, time

    def helper(which):
        if which == "rare\\n":
            return "rarely"  # rare
        return "often"  # often

    async def suspended(event):
        await event.wait()
        return "late"  # late

    async def main():
        read = lambda: asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        event = asyncio.Event()
        waiting = asyncio.create_task(suspended(event))
        await read()
        while (line := await read()) != "end\\n":  # loops
            print(helper(line), flush=True)
            if line == "jam\\n":
                threading.Event().wait(0.3)  # jams
        event.set()
        print(await waiting)

    asyncio.run(main())
"""


class Asking:
    """A viewer that asks one program for lines."""

    def __init__(self, viewer: Viewer, source: str = SOURCE) -> None:
        self.process, self.connection = viewer.watch(source)
        self.file = str(viewer.programs.folder / "program.py")
        self._requests = 0

    def ask(self, *markers: str, source: str = SOURCE) -> Optional[str]:
        return self.ask_for([{"file": self.file, "lines": [line_of(source, marker) for marker in markers]}])

    def ask_for(self, files: Any) -> Optional[str]:
        """Ask; gives what went wrong."""
        self._requests += 1
        number = self._requests
        self.connection.send({"type": "request", "id": number, "command": "watch-lines", "files": files})
        answer = self.connection.until(
            lambda message: message if message["type"] == "response" and message["id"] == number else None
        )
        sentence: Optional[str] = answer["error"]
        return sentence

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def executed(self, file: Optional[str] = None) -> list[int]:
        """The lines that are known to have been executed by now."""
        records = self.connection.tables.executed.records()
        return [line for record in records if record["file"] == (file or self.file) for line in record["lines"]]

    def until_executed(self, marker: str) -> list[int]:
        line = line_of(SOURCE, marker)
        lines: list[int] = self.connection.until(lambda _: line in self.executed() and self.executed())
        return lines

    def end(self) -> str:
        out, err = self.process.communicate("end\n", timeout=60)
        assert (self.process.returncode, err) == (0, "")
        self.connection.rest()
        return out


@needs_monitoring
def test_tells_of_lines_once_they_have_been_executed_and_of_no_other(viewer: Viewer) -> None:
    asking = Asking(viewer)
    assert asking.ask("rare", "often", "late", "loops") is None
    asking.type("go")
    asking.type("usual")
    asking.until_executed("often")
    assert sorted(asking.executed()) == sorted([line_of(SOURCE, "often"), line_of(SOURCE, "loops")])
    assert asking.end().endswith("late\n")
    assert sorted(asking.executed()) == sorted(line_of(SOURCE, marker) for marker in ("often", "loops", "late"))
    (record,) = asking.connection.tables.executed.records()
    assert record["threshold_ms"] == protocol.DEFAULT_THRESHOLD_MS


@needs_monitoring
def test_tells_of_lines_that_are_asked_for_later_though_their_function_ran_before(viewer: Viewer) -> None:
    asking = Asking(viewer)
    assert asking.ask("rare") is None
    asking.type("go")
    asking.type("usual")
    assert asking.said() == "often\n"
    assert asking.ask("rare", "often") is None
    asking.type("usual")
    assert asking.until_executed("often") == [line_of(SOURCE, "often")]
    asking.end()


@needs_monitoring
def test_tells_nothing_of_a_callback_that_holds_the_loop_until_the_line_is_executed_without(viewer: Viewer) -> None:
    asking = Asking(viewer)
    assert asking.ask("often", "jams") is None
    asking.type("go")
    asking.type("jam")
    asking.connection.until(lambda _: list(asking.connection.tables.blocks.records()))
    asking.type("slow")
    assert asking.until_executed("often") == [line_of(SOURCE, "often")]
    asking.end()
    assert asking.executed() == [line_of(SOURCE, "often")]


@needs_monitoring
def test_claims_nothing_of_a_file_that_was_changed_after_the_start(viewer: Viewer) -> None:
    source = """
        import asyncio, sys

        async def main():
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
            import changed
            import unchanged
            changed.answer(), unchanged.answer()
            print("ready", flush=True)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

        asyncio.run(main())
    """
    module = "def answer():\n    return 42\n"
    unchanged = viewer.programs.write(module, "unchanged.py")
    asking = Asking(viewer, source)
    changed = viewer.programs.write(module, "changed.py")
    assert asking.ask_for([{"file": str(file), "lines": [2]} for file in (changed, unchanged)]) is None
    asking.type("go")
    assert asking.said() == "ready\n"
    asking.connection.until(lambda _: asking.executed(str(unchanged)))
    asking.end()
    assert [record["file"] for record in asking.connection.tables.executed.records()] == [str(unchanged)]


@needs_monitoring
@pytest.mark.parametrize("taken", [(3, 4), (0, 1, 2, 3, 5)], ids=["both", "one"])
def test_leaves_the_tools_of_others_alone(viewer: Viewer, taken: tuple[int, ...]) -> None:
    source = f"""
        import asyncio, sys

        seen = []
        for tool in {taken}:
            sys.monitoring.use_tool_id(tool, f"other {{tool}}")

        async def main():
            read = lambda: asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
            while await read() != "end\\n":
                print([sys.monitoring.get_tool(tool) for tool in range(6)], flush=True)

        asyncio.run(main())
    """
    asking = Asking(viewer, source)
    # Its code runs before the loop does, and that before there is a task.
    asking.connection.until(lambda _: asking.connection.task("Task-1"))
    problem = asking.ask_for([{"file": asking.file, "lines": [9]}])
    others = [f"other {tool}" if tool in taken else None for tool in range(6)]
    if taken == (3, 4):
        assert problem == ("Which lines are executed cannot be told: other tools have taken all of sys.monitoring.")
        expected: list[Optional[str]] = others
    else:
        assert problem is None
        expected = [*others[:4], "loopscope", others[5]]
    asking.type("")
    assert asking.said() == f"{expected}\n"
    assert asking.ask_for([]) is None
    asking.type("")
    while asking.said() != f"{others}\n":
        asking.type("")
    asking.end()


@needs_monitoring
def test_leaves_nothing_behind_when_the_viewer_goes(viewer: Viewer) -> None:
    source = """
        import asyncio, sys

        def work():
            return 1  # works

        async def main():
            read = lambda: asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
            monitoring = sys.monitoring
            while await read() != "end\\n":
                work()
                tool = monitoring.get_tool(3)
                local = tool and monitoring.get_local_events(3, work.__code__)
                print(tool, local, monitoring.events.LINE == local, flush=True)

        asyncio.run(main())
    """
    asking = Asking(viewer, source)
    assert asking.ask("works", source=source) is None
    asking.type("")
    while asking.said() != "loopscope 32 True\n":
        asking.type("")
    asking.connection.close()
    asking.type("")
    while asking.said() != "None None False\n":
        asking.type("")
    out, err = asking.process.communicate("end\n", timeout=60)
    assert (out, err, asking.process.returncode) == ("", "", 0)


def refusals() -> list[tuple[Any, str]]:
    path = str(Path(__file__).resolve())
    number = "The lines to be watched must be whole numbers from 1."
    absolute = "A file whose lines are to be watched must have an absolute path."
    too_many = list(range(1, protocol.MAX_WATCHED_LINES + 2))
    return [
        (None, "The lines to be watched must be given as a list of files."),
        ([1], absolute),
        ([{"file": "program.py", "lines": [1]}], absolute),
        ([{"file": path + "\0", "lines": [1]}], absolute),
        ([{"file": path, "lines": [0]}], number),
        ([{"file": path, "lines": [True]}], number),
        ([{"file": path, "lines": "1"}], number),
        ([{"file": path, "lines": too_many}], "More than 10000 lines cannot be watched: ask for fewer."),
    ]


def test_refuses_in_a_sentence(viewer: Viewer) -> None:
    asking = Asking(viewer)
    for files, sentence in refusals():
        assert asking.ask_for(files) == sentence
    if sys.version_info < (3, 12):
        version = ".".join(map(str, sys.version_info[:2]))
        assert asking.ask("often") == (
            f"Python {version} cannot tell which lines are executed: it takes 3.12 or newer."
        )
    asking.type("go")
    asking.end()
    assert asking.executed() == []


FORESEEN = """
    import asyncio, time

    async def harmless():
        time.sleep(0)  # harmless

    async def harmful():
        time.sleep(0.5)  # harmful

    async def never():
        time.sleep(1)  # never

    async def main():
        for _ in range(100):  # range
            await harmless()  # calls
            await asyncio.sleep(0.01)
        await harmful()

    asyncio.run(main())
"""


def run_with_foreseen(programs: Programs, *options: str) -> tuple[str, dict[str, Any]]:
    """Run `FORESEEN` with findings about its lines; gives the standard error and the report."""
    file = str(programs.folder / "program.py")

    def place(marker: str) -> dict[str, Any]:
        return {"file": file, "line": line_of(FORESEEN, marker)}

    findings = [
        {**place("harmless"), "rule": "blocking-sleep", "chain": [place("calls"), place("harmless")]},
        {**place("harmful"), "rule": "blocking-sleep", "chain": []},
        {**place("never"), "rule": "blocking-sleep", "chain": []},
        {**place("range"), "rule": "await-in-loop", "chain": []},
    ]
    (programs.folder / "findings.json").write_text(json.dumps(findings))
    done = programs.run(FORESEEN, "--foreseen", "findings.json", "--report", "report.json", *options)
    assert done.returncode == 0, done.stderr
    return done.stderr, json.loads((programs.folder / "report.json").read_text())


@needs_monitoring
def test_a_report_tells_which_foreseen_lines_ran_without_holding_a_loop(programs: Programs) -> None:
    said, report = run_with_foreseen(programs)
    assert said == ""
    lines = sorted(line_of(FORESEEN, marker) for marker in ("harmless", "calls"))
    file = str(programs.folder / "program.py")
    assert report["executed"] == [{"file": file, "lines": lines, "threshold_ms": protocol.DEFAULT_THRESHOLD_MS}]


@needs_monitoring
def test_the_report_of_a_recording_tells_of_foreseen_lines_too(programs: Programs) -> None:
    _, report = run_with_foreseen(programs, "--record", "r.loopscope")
    assert report["executed"] != []
    read = programs.python("-m", "loopscope", "report", "r.loopscope")
    assert json.loads(read.stdout)["executed"] == report["executed"]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python 3.12 can tell")
def test_says_that_this_python_cannot_tell_of_foreseen_lines_and_runs_on(programs: Programs) -> None:
    said, report = run_with_foreseen(programs)
    version = ".".join(map(str, sys.version_info[:2]))
    assert said == f"loopscope: Python {version} cannot tell which lines are executed: it takes 3.12 or newer.\n"
    assert report["executed"] == []
    assert report["tasks"]["finished"] > 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "findings.json cannot be read: No such file or directory."),
        ("[", "findings.json is not JSON: give the file that loopscope-lint --format json wrote."),
        ("{}", "findings.json holds no list of findings: give the file that loopscope-lint --format json wrote."),
        (
            '[{"rule": "blocking-sleep", "file": "program.py", "line": 3}]',
            "findings.json holds a finding without a place: give the file that loopscope-lint --format json wrote.",
        ),
    ],
    ids=["missing", "broken", "another file", "relative"],
)
def test_refuses_what_are_no_findings(programs: Programs, text: Optional[str], sentence: str) -> None:
    if text is not None:
        (programs.folder / "findings.json").write_text(text)
    done = programs.run(FORESEEN, "--foreseen", "findings.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(f"\nloopscope: {sentence}\n")


def test_watches_as_many_foreseen_lines_as_can_be_and_says_how_many_are_left_out(programs: Programs) -> None:
    file = str(programs.folder / "other.py")
    findings = [
        {"rule": "blocking-sleep", "file": file, "line": line} for line in range(1, protocol.MAX_WATCHED_LINES + 3)
    ]
    (programs.folder / "findings.json").write_text(json.dumps(findings))
    done = programs.run("print('ran')", "--foreseen", "findings.json")
    assert (done.stdout, done.returncode) == ("ran\n", 0)
    assert done.stderr == "loopscope: 2 lines of findings.json are too many and not watched.\n"
