"""Events of the program that hold it."""

from __future__ import annotations

from pathlib import Path

from debuggee import Debuggee

PROGRAMS = Path(__file__).resolve().parent / "programs"


def test_a_task_that_fails_and_is_awaited_by_nobody_stops() -> None:
    with Debuggee(PROGRAMS / "failing.py") as program:
        program.do("set-stops", task_failed=True)
        program.do("start")
        held = program.held()
        assert (held["reason"], held["description"]) == (
            "task-failed",
            "forgotten failed with ValueError, and nobody awaits it.",
        )
        frames = program.do("frames", task=held["task"])["frames"]
        assert (frames[0]["function"], frames[0]["line"], frames[0]["kind"]) == (
            "fail",
            program.line_of("raises"),
            "raised",
        )
        assert program.value(frames[0]["id"], "depth") == "9"
        assert program.scope(frames[0]["id"], "Task")["exception"]["text"] == "ValueError('forgotten', 9)"
        program.go()
        code, out, errors = program.end()
        # That it was looked at does not count as having retrieved the exception.
        assert (code, out) == (0, "end\n")
        assert "Task exception was never retrieved" in errors


def test_a_jam_stops_with_the_stack_that_was_caught() -> None:
    with Debuggee(PROGRAMS / "deadline.py") as program:
        stack = [
            {"id": 1, "file": "/p/app.py", "line": 3, "function": "main", "user": True},
            {"id": 2, "file": "/p/app.py", "line": 9, "function": "jam", "user": True},
        ]
        program.do("set-stops", jam_ms=200)
        program.do("start")
        assert program.output_line() == "waiting"
        program.do("jam", key=1, ms=150, task=0, stack=stack)
        program.do("jam", key=1, ms=250, task=0, stack=stack)
        held = program.held()
        assert (held["reason"], held["description"]) == ("jam", "The loop was blocked for 250 ms at /p/app.py:9.")
        frames = program.do("frames", loop=held["loop"])["frames"]
        assert [(each["function"], each["line"], each["kind"]) for each in frames[:2]] == [
            ("jam", 9, "caught"),
            ("main", 3, "caught"),
        ]
        # The same block does not stop again.
        program.go()
        program.do("jam", key=1, ms=400, task=0, stack=stack)
        assert program.output_line() == "in time"
        assert program.end()[0] == 0


def test_a_finding_stops_by_its_rule() -> None:
    with Debuggee(PROGRAMS / "values.py") as program:
        program.do("set-stops", rules=["deadlock"])
        program.do("start")
        assert program.output_line() == "ready"
        program.do("finding", rule="task-leak", message="not asked for", task=0)
        program.do("finding", rule="deadlock", message="two tasks wait for each other", task=0)
        assert program.held()["description"] == "deadlock: two tasks wait for each other"
        program.no_event()
