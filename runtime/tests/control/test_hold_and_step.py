"""Holding a loop, stepping it, and letting it go."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from debuggee import Debuggee

PROGRAMS = Path(__file__).resolve().parent / "programs"


def test_a_hold_stands_between_two_callbacks_and_time_stands_still() -> None:
    with Debuggee(PROGRAMS / "deadline.py") as program:
        program.do("start")
        assert program.output_line() == "waiting"
        held = program.hold()
        assert (held["reason"], held["first"], held["can_step"], held["time_stands_still"]) == (
            "pause",
            True,
            True,
            True,
        )
        assert program.do("probe")["held"] == [True]
        task = program.task("waiter")
        assert task["state"] == "waiting"
        frame = program.frame_in("waiter", "main")
        before = program.value(frame, "loop.time()")
        # Far beyond the deadline of half a second, on the clock that does not stand still.
        assert program.value(frame, "__import__('time').sleep(0.7)") == "None"
        assert program.value(frame, "loop.time()") == before
        program.go()
        assert program.output_line() == "in time"
        assert program.end() == (0, "", "")


def test_what_was_put_in_is_taken_out_when_the_viewer_goes() -> None:
    with Debuggee(PROGRAMS / "steps.py") as program:
        program.set_breakpoints("middle")
        assert program.do("probe")["untouched"] is False
        program.do("start")
        assert program.held()["reason"] == "await-breakpoint"
        program.do("release")
        program.event("resumed")
        code, out, errors = program.end()
        assert (code, out, errors) == (0, "total 6\n", "")


def test_an_untouched_program_has_nothing_in_the_way() -> None:
    with Debuggee(PROGRAMS / "values.py") as program:
        program.do("start")
        assert program.output_line() == "ready"
        assert program.do("probe") == {
            "error": None,
            "untouched": True,
            "own_clocks": 0,
            "held": [False],
            "set_back_ms": [0.0],
            "errors": 0,
        }
        program.hold()
        program.go()
        after = program.do("probe")
        assert (after["untouched"], after["held"], after["errors"]) == (True, [False], 0)
        # Its timers count on the time that stood still, so that stays.
        assert after["own_clocks"] == 1 and after["set_back_ms"][0] > 0


def test_a_program_runs_on_when_the_connection_breaks_while_it_is_held() -> None:
    with Debuggee(PROGRAMS / "deadline.py") as program:
        program.do("start")
        program.hold()
        program._commands.close()
        code, out, errors = program.end()
        assert (code, out.splitlines()[-1], errors) == (0, "in time", "")


def test_step_over_runs_until_the_task_suspends_again() -> None:
    with Debuggee(PROGRAMS / "steps.py") as program:
        program.set_breakpoints("work")
        program.do("start")
        held = program.held()
        assert (held["reason"], held["description"]) == ("await-breakpoint", "worker is about to begin.")
        worker = held["task"]
        program.do("set-await-breakpoints", file=str(program.program), breakpoints=[])
        totals = []
        for _ in range(3):
            program.go("step-over", task=worker)
            held = program.held()
            assert (held["reason"], held["task"], held["description"]) == ("step", worker, "worker has suspended.")
            frames = program.frames("worker")
            assert [each["function"] for each in frames[:3]] == ["sleep", "leaf", "work"] or frames[0][
                "function"
            ] == "__sleep0"
            place = next(each for each in frames if each["function"] == "work")
            assert place["line"] == program.line_of("middle")
            totals.append(program.value(place["id"], "total"))
        assert totals == ["0", "0", "2"]
        program.go("step-over", task=worker)
        held = program.held()
        assert (held["task"], held["description"]) == (worker, "worker has finished.")
        assert "ended" in str(program.ask("step-over", task=worker)["error"])
        program.go()
        assert program.end()[:2] == (0, "total 6\n")


def test_step_into_runs_exactly_one_callback() -> None:
    with Debuggee(PROGRAMS / "steps.py") as program:
        program.set_breakpoints("work")
        program.do("start")
        worker = program.held()["task"]
        program.do("set-await-breakpoints", file=str(program.program), breakpoints=[])
        program.go("step-into", task=worker)
        held = program.held()
        assert (held["reason"], held["description"], held["task"]) == ("step", "Ran a step of worker.", worker)
        assert program.frames("worker")[-2]["line"] == program.line_of("middle")


def test_step_into_passes_over_the_waking_of_the_loop_itself() -> None:
    with Debuggee(PROGRAMS / "values.py") as program:
        program.do("start")
        assert program.output_line() == "ready"
        loop = program.hold()["loop"]
        assert program.do("frames", loop=loop)["frames"] == [], "nothing of the program's is to run next"
        frame = program.frame_in("shown", "show")
        program.value(frame, "asyncio.get_running_loop().call_soon(cycle.append, 1)")
        program.go("step-into", loop=loop)
        assert program.held()["description"] == "Ran a callback."
        # The hold has woken the loop, which empties the pipe that it was woken by first.
        assert program.value(program.frame_in("shown", "show"), "len(cycle)") == "2"


def test_step_out_runs_until_what_awaits_the_task_resumes() -> None:
    with Debuggee(PROGRAMS / "steps.py") as program:
        program.set_breakpoints("work")
        program.do("start")
        worker = program.held()["task"]
        program.do("set-await-breakpoints", file=str(program.program), breakpoints=[])
        program.go("step-out", task=worker)
        held = program.held()
        assert held["task"] != worker
        frames = program.do("frames", task=held["task"])["frames"]
        assert (frames[0]["function"], frames[0]["line"]) == ("main", program.line_of("awaits worker"))
        assert program.value(frames[0]["id"], "worker.result()") == "6"
        program.go("step-out", task=held["task"])
        assert program.held()["description"].endswith(" has finished, and nothing awaits it.")
        program.go()
        assert program.end()[0] == 0


@pytest.mark.parametrize("way", ["plainly", "gather", "shield", "wait", "wait_for"])
def test_step_out_finds_what_awaits_a_task(way: str) -> None:
    with Debuggee(PROGRAMS / "awaiters.py", WAY=way) as program:
        program.set_breakpoints("work")
        program.do("start")
        worker = program.held()["task"]
        program.do("set-await-breakpoints", file=str(program.program), breakpoints=[])
        program.go("step-out", task=worker)
        held = program.held()
        assert held["description"] == "awaiter is about to resume."
        own = [each["line"] for each in program.frames("awaiter") if each["user"] and each["kind"] == "await"]
        assert own == [program.line_of(way)]


def test_no_frame_of_ours_is_on_the_stacks_of_the_program() -> None:
    with Debuggee(PROGRAMS / "stacks.py") as untouched:
        untouched.do("start")
        expected = untouched.end()
    with Debuggee(PROGRAMS / "stacks.py") as program:
        program.set_breakpoints("last", condition="False")
        program.do("start")
        assert program.end() == expected
    assert "loopscope" not in expected[1] + expected[2]


def test_a_callback_that_is_cancelled_while_it_is_next_does_not_run() -> None:
    with Debuggee(PROGRAMS / "cancels.py") as program:
        program.set_breakpoints("spin", condition="handles", hit_count="1")
        program.do("start")
        held = program.held()
        following = program.do("frames", loop=held["loop"])["frames"]
        assert [(each["function"], each["kind"]) for each in following] == [("<function callback>", "next")]
        assert program.value(program.frame_in("spinner", "spin"), "handles[0].cancel()") == "None"
        program.go()
        assert program.end() == (0, "cancelled True\n", "")


def test_a_wrapper_put_in_later_goes_on_working() -> None:
    with Debuggee(PROGRAMS / "wrapper.py") as program:
        program.set_breakpoints("first", hit_count="1")
        program.do("start")
        program.held()
        program.go()
        # The program has wrapped what it found by now, the hold point included.
        assert program.output_line() == "wrapped"
        program.do("release")
        program.hold()
        assert program.task("main")["state"] in ("waiting", "ready")
        program.go()
        assert program.process.poll() is None


def test_ctrl_c_ends_a_program_that_is_held() -> None:
    with Debuggee(PROGRAMS / "deadline.py") as program:
        program.do("start")
        assert program.output_line() == "waiting"
        program.hold()
        program.process.send_signal(signal.SIGINT)
        program.event("resumed")
        code, out, errors = program.end()
        assert code != 0 and out == ""
        assert errors.splitlines()[-1] == "KeyboardInterrupt"
        assert f"{os.sep}loopscope{os.sep}" not in errors


def test_after_ctrl_c_every_task_of_a_held_program_still_cleans_up() -> None:
    with Debuggee(PROGRAMS / "interrupted.py") as program:
        program.do("start")
        assert program.output_line() == "ready"
        program.hold()
        program.process.send_signal(signal.SIGINT)
        code, out, errors = program.end()
        assert (code, out) == (-signal.SIGINT, "cleaned\ncleaned\n")
        assert f"{os.sep}loopscope{os.sep}" not in errors


def test_uvloop_can_be_held_and_looked_at_but_not_stepped() -> None:
    pytest.importorskip("uvloop")
    with Debuggee(PROGRAMS / "uvloop_program.py") as program:
        program.do("start")
        assert program.output_line() == "ticking"
        held = program.hold()
        assert (held["can_step"], held["time_stands_still"]) == (False, False)
        ticker = program.task("ticker")
        assert program.frames("ticker")[0]["function"] == "sleep"
        assert program.value(program.frame_in("ticker", "tick"), "number >= 3") == "True"
        refused = program.ask("step-over", task=ticker["id"])["error"]
        assert refused == "uvloop.Loop can be held but not stepped: its callbacks run in C, past any hold point."
        program.do("cancel-task", task=ticker["id"])
        program.go()
        assert program.output_line() == "cancelled"
        assert program.end()[0] == 0


def test_two_loops_are_held_together() -> None:
    with Debuggee(PROGRAMS / "two_loops.py") as program:
        program.do("start")
        assert program.output_line() == "running"
        first = program.hold()
        second = program.held()
        assert first["loop"] != second["loop"]
        assert (first["first"], second["first"], second["reason"]) == (True, False, "other-loop")
        listed = program.do("tasks")
        assert {row["name"] for row in listed["tasks"]} >= {"first", "second"}
        assert {loop["held"] for loop in listed["loops"]} == {True}
        program.go("step-into", loop=first["loop"])
        assert program.held()["loop"] == first["loop"]
        assert program.do("probe")["held"] == [True, True]
        program.go()
        assert program.do("probe")["held"] == [False, False]


def test_of_ten_thousand_tasks_two_hundred_are_listed() -> None:
    with Debuggee(PROGRAMS / "many.py") as program:
        program.do("start")
        assert program.output_line() == "ready"
        program.hold()
        listed = program.do("tasks")
        assert (len(listed["tasks"]), listed["total"]) == (200, 10_001)
        identifiers = [row["id"] for row in listed["tasks"]]
        assert identifiers == sorted(identifiers)
        assert listed["tasks"][1]["waits_on"] == "Event"


def test_cancelling_a_held_task() -> None:
    with Debuggee(PROGRAMS / "values.py") as program:
        program.do("start")
        assert program.output_line() == "ready"
        program.hold()
        shown = program.task("shown")["id"]
        program.do("cancel-task", task=shown)
        assert program.task("shown")["state"] == "cancelling"
        program.go()
        assert program.output_line() == "cancelled []"
        assert program.end()[0] == 0


def test_cancelling_a_task_of_a_running_loop() -> None:
    with Debuggee(PROGRAMS / "values.py") as program:
        program.do("start")
        assert program.output_line() == "ready"
        program.hold()
        shown = program.task("shown")["id"]
        program.go()
        program.do("cancel-task", task=shown)
        assert program.output_line() == "cancelled []"


def test_commands_that_cannot_be_carried_out_say_why() -> None:
    with Debuggee(PROGRAMS / "steps.py") as program:
        assert program.ask("resume")["error"] == "The loop is not held."
        assert program.ask("nonsense")["error"] == "The command 'nonsense' is unknown to the loop debugger."
        assert program.ask("tasks")["error"] == "The loop is not held, so its tasks cannot be listed."
        assert program.ask("frames")["error"] == "The task must be a whole number."
        assert program.ask("frames", task=99)["error"] == "Task 99 is gone."
        assert program.ask("scopes", frame=1)["error"] == "This was shown in an earlier hold; the loop has run since."
        assert program.ask("set-await-breakpoints", file="/none", breakpoints=[{}])["error"] == (
            "Each breakpoint must have a line number."
        )
        assert program.ask("set-stops", jam_ms="soon")["error"] is not None
        program.do("start")
        assert program.end()[0] == 0
