"""Await breakpoints: where they stop, when they count, and what they log."""

from __future__ import annotations

from pathlib import Path

from debuggee import Debuggee

PROGRAMS = Path(__file__).resolve().parent / "programs"


def descriptions(program: Debuggee, count: int) -> list[str]:
    """Let the program run from stop to stop; what each stop says."""
    found = []
    for _ in range(count):
        found.append(program.held()["description"])
        program.go()
    return found


def test_a_breakpoint_stops_where_a_task_suspends_and_where_it_resumes() -> None:
    with Debuggee(PROGRAMS / "steps.py") as program:
        line = program.line_of("leaf")
        assert program.set_breakpoints("leaf", id=7) == [{"line": line, "verified": True, "message": None}]
        program.do("start")
        held = program.held()
        assert (held["reason"], held["breakpoint"]) == ("await-breakpoint", 7)
        assert held["description"] == f"worker awaits at line {line}."
        program.go()
        expected = [f"worker is about to resume from line {line}.", f"worker awaits at line {line}."]
        assert descriptions(program, 5) == (expected * 3)[:5]
        assert program.end()[:2] == (0, "total 6\n")


def test_a_breakpoint_on_an_outer_await_stops_once_for_each_await() -> None:
    with Debuggee(PROGRAMS / "steps.py") as program:
        line = program.line_of("middle")
        program.set_breakpoints("middle")
        program.do("start")
        assert descriptions(program, 3) == [f"worker awaits at line {line}."] * 3
        assert program.end()[:2] == (0, "total 6\n")


def test_a_breakpoint_on_a_definition_stops_before_the_first_step() -> None:
    with Debuggee(PROGRAMS / "steps.py") as program:
        program.set_breakpoints("work")
        program.do("start")
        held = program.held()
        assert held["description"] == "worker is about to begin."
        frames = program.frames("worker")
        assert (frames[0]["function"], frames[0]["line"]) == ("work", program.line_of("work"))
        program.go()
        assert program.end()[:2] == (0, "total 6\n")


def test_conditions_and_hit_counts() -> None:
    with Debuggee(PROGRAMS / "steps.py") as program:
        program.set_breakpoints("leaf", condition="number == 1", hit_count="1")
        program.do("start")
        program.held()
        assert program.value(program.frame_in("worker", "leaf"), "number") == "1"
        program.go()
        assert program.end()[:2] == (0, "total 6\n")


def test_a_condition_that_fails_stops_and_says_so() -> None:
    with Debuggee(PROGRAMS / "steps.py") as program:
        line = program.line_of("leaf")
        program.set_breakpoints("leaf", condition="missing > 1", hit_count="1")
        program.do("start")
        assert program.held()["description"] == (
            f"worker awaits at line {line}; its condition failed: NameError: name 'missing' is not defined."
        )


def test_a_log_message_is_told_without_stopping() -> None:
    with Debuggee(PROGRAMS / "steps.py") as program:
        program.set_breakpoints("leaf", log_message="leaf {number} of {missing}")
        program.do("start")
        assert program.end()[:2] == (0, "total 6\n")
        assert [program.event("logged")["text"] for _ in range(3)] == [
            f"leaf {number} of <NameError: name 'missing' is not defined>" for number in range(3)
        ]
        program.no_event()


def test_breakpoints_that_cannot_stop_say_why(tmp_path: Path) -> None:
    with Debuggee(PROGRAMS / "steps.py") as program:
        file = str(program.program)
        wanted = [
            {"line": 1},
            {"line": program.line_of("leaf"), "condition": "1 +"},
            {"line": program.line_of("leaf"), "hit_count": "often"},
        ]
        answers = program.do("set-await-breakpoints", file=file, breakpoints=wanted)["breakpoints"]
        assert [each["verified"] for each in answers] == [False, False, False]
        assert answers[0]["message"].startswith("Nothing is awaited on this line")
        assert answers[1]["message"].startswith("SyntaxError")
        assert answers[2]["message"] == "The hit count 'often' is not understood; write 5, >=5, <5 or %5."
        absent = program.do("set-await-breakpoints", file=str(tmp_path / "absent.py"), breakpoints=[{"line": 1}])
        assert "cannot be read" in absent["breakpoints"][0]["message"]
        assert program.do("probe")["untouched"] is True


def test_an_await_over_several_lines_is_found_from_any_of_them(tmp_path: Path) -> None:
    source = tmp_path / "lines.py"
    source.write_text(
        "import asyncio\n"
        "def decorate(function):\n    return function\n"
        "@decorate\n"
        "async def go(\n    first=1,\n):\n"
        "    await asyncio.sleep(\n        0\n    )\n"
        "    async with asyncio.Lock():\n        pass\n"
        "    return [each async for each in make()]\n"
        "async def make():\n    yield 1\n"
        "asyncio.run(go())\n"
    )
    with Debuggee(source) as program:
        lines = (4, 5, 6, 8, 9, 10, 11, 13)
        wanted = [{"line": line} for line in lines]
        answers = program.do("set-await-breakpoints", file=str(source), breakpoints=wanted)["breakpoints"]
        assert [(each["verified"], each["line"]) for each in answers] == [
            (True, line) for line in (5, 5, 5, 8, 8, 8, 11, 13)
        ]
