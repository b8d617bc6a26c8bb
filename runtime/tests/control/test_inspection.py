"""Looking at variables and evaluating expressions while a loop is held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from debuggee import Debuggee

PROGRAMS = Path(__file__).resolve().parent / "programs"


@pytest.fixture
def program() -> Iterator[Debuggee]:
    """The program with values that are hard to show, held."""
    with Debuggee(PROGRAMS / "values.py") as debuggee:
        debuggee.do("start")
        assert debuggee.output_line() == "ready"
        debuggee.hold()
        yield debuggee


def test_frames_are_the_await_chain_and_then_where_the_task_was_made(program: Debuggee) -> None:
    frames = program.frames("shown")
    assert [(each["function"], each["kind"], each["user"]) for each in frames] == [
        ("Event.wait", "await", False),
        ("show", "await", True),
        ("main", "creation", True),
    ]
    assert frames[1]["file"] == str(program.program)
    assert frames[1]["line"] == program.line_of("hangs")


def test_values_are_shown_without_running_any_code_of_the_program(program: Debuggee) -> None:
    frame = program.frame_in("shown", "show")
    shown = program.scope(frame, "Locals")
    assert shown["number"]["text"] == "41"
    assert shown["text"]["text"] == f"'{'x' * 300}'… (1,000 long)"
    assert shown["mapping"]["text"] == "{'one': 1, 2: 'two', (3,): None}"
    assert shown["hostile"]["text"].startswith("<__main__.Hostile object at 0x")
    assert shown["veiled"]["text"].startswith("<__main__.Veiled object at 0x")
    assert shown["loud"]["text"] == "__main__.Loud({'a': 1})"
    assert shown["point"]["text"] == "__main__.Point(1, 2)"
    assert shown["huge"]["text"] == "<int of 100,001 bits>"
    assert shown["empty"]["text"] == "()"
    assert program.parts(shown["hostile"]["reference"])["kept"]["text"] == "'plain'"
    assert program.parts(shown["slotted"]["reference"]) == {
        "left": {
            "name": "left",
            "text": "1",
            "type": "int",
            "indexed": 0,
            "named": 0,
            "reference": 0,
            "expression": "slotted.left",
        }
    }
    assert list(program.parts(shown["owner"]["reference"])) == ["stored"]
    assert program.value(frame, "Hostile.calls") == "[]"


def test_a_million_items_are_paged(program: Debuggee) -> None:
    million = program.scope(program.frame_in("shown", "show"), "Locals")["million"]
    assert million["indexed"] == 1_000_000
    assert million["text"].endswith("… (1,000,000 items)]")
    page = program.parts(million["reference"], start=999_998, count=100, filter="indexed")
    assert {name: each["text"] for name, each in page.items()} == {"999998": "999998", "999999": "999999"}
    assert page["999998"]["expression"] == "million[999998]"
    assert len(program.parts(million["reference"], start=0, count=50_000)) == 1_000


def test_a_cycle_can_be_opened_again_and_again(program: Debuggee) -> None:
    cycle = program.scope(program.frame_in("shown", "show"), "Locals")["cycle"]
    for _ in range(5):
        cycle = program.parts(cycle["reference"])["0"]
        assert cycle["indexed"] == 1


def test_numbers_are_good_for_one_hold_only(program: Debuggee) -> None:
    frame = program.frame_in("shown", "show")
    program.go()
    program.hold()
    assert program.ask("scopes", frame=frame)["error"] == "This was shown in an earlier hold; the loop has run since."


def test_expressions_see_locals_and_globals(program: Debuggee) -> None:
    frame = program.frame_in("shown", "show")
    assert program.value(frame, "number + 1") == "42"
    assert program.value(frame, "[number + each for each in mapping if each == 2]") == "[43]"
    assert program.value(frame, "Point(number, 0).x") == "41"
    assert program.value(frame, "(lambda: owner.costly)()") == "7"
    assert program.value(frame, "asyncio.current_task() is None") == "True"


def test_an_expression_that_fails_says_how(program: Debuggee) -> None:
    frame = program.frame_in("shown", "show")
    for expression, expected in {
        "nothing": "NameError: name 'nothing' is not defined",
        "1 / 0": "ZeroDivisionError: division by zero",
        "exit(3)": "SystemExit: 3",
        "number = 2": "Only expressions can be evaluated; this is a statement.",
        "": "There is no expression to evaluate.",
        "repr(hostile)": "RuntimeError: no repr for you",
    }.items():
        assert program.ask("evaluate", frame=frame, expression=expression)["error"] == expected
    assert str(program.ask("evaluate", frame=frame, expression="1 +")["error"]).startswith("SyntaxError: ")


def test_hovering_runs_no_code(program: Debuggee) -> None:
    frame = program.frame_in("shown", "show")
    assert program.value(frame, "owner.stored", "hover") == "5"
    assert program.value(frame, "million[7]", "hover") == "7"
    refused = program.ask("evaluate", frame=frame, expression="owner.costly", context="hover")["error"]
    assert refused == "costly is not held by this __main__.WithProperty itself; evaluate it in the debug console."
    assert program.ask("evaluate", frame=frame, expression="print(1)", context="hover")["error"] is not None
    assert program.value(frame, "Hostile.calls") == "[]"


def test_await_lets_the_loop_run_and_holds_it_again(program: Debuggee) -> None:
    frame = program.frame_in("shown", "show")
    asked = program.begin("evaluate", frame=frame, expression="(await answer(number)) + 1")
    program.event("resumed")
    held = program.held()
    assert (held["reason"], held["description"]) == (
        "evaluated",
        "The awaited expression is done; the loop ran meanwhile.",
    )
    answer = program.answer(asked)
    assert (answer["error"], answer["variable"]["text"], answer["ran"]) == (None, "42", True)
    assert all(row["name"] != "Loopscope evaluation" for row in program.do("tasks")["tasks"])
    asked = program.begin("evaluate", frame=program.frame_in("shown", "show"), expression="await answer(1 / 0)")
    program.event("resumed")
    program.held()
    assert program.answer(asked)["error"] == "ZeroDivisionError: division by zero"


def test_a_watch_never_lets_the_loop_run(program: Debuggee) -> None:
    frame = program.frame_in("shown", "show")
    refused = program.ask("evaluate", frame=frame, expression="await answer(1)", context="watch")["error"]
    assert refused == "A watch cannot await; evaluate it in the debug console."
    program.no_event()


def test_a_hold_ends_the_wait_for_an_awaited_expression(program: Debuggee) -> None:
    frame = program.frame_in("shown", "show")
    asked = program.begin("evaluate", frame=frame, expression="await asyncio.sleep(3600)")
    program.event("resumed")
    program.hold()
    assert program.answer(asked)["error"] == (
        "The loop was held before the awaited expression was done; it goes on with the loop."
    )


def test_what_a_task_waits_on_is_told_with_holder_and_waiters(program: Debuggee) -> None:
    facts = program.scope(program.frames("second")[0]["id"], "Awaits")
    assert (facts["waits on"]["text"], facts["held by"]["text"], facts["waiters"]["text"]) == (
        "Lock",
        "holder",
        "second, third",
    )
    facts = program.scope(program.frames("holder")[0]["id"], "Awaits")
    assert facts["waits on"]["text"] == "sleep 3600 s"
    assert float(facts["time left"]["text"].split()[0]) > 3000
    task = program.scope(program.frames("shown")[0]["id"], "Task")
    assert (task["name"]["text"], task["state"]["text"], task["coroutine"]["text"]) == ("shown", "waiting", "show")
    assert task["awaited by"]["indexed"] + task["awaited by"]["named"] == 1


def test_looking_keeps_nothing_alive(program: Debuggee) -> None:
    frame = program.frame_in("shown", "show")
    counted = "__import__('sys').getrefcount(hostile)"
    before = program.value(frame, counted)
    program.go()
    program.hold()
    for _ in range(3):
        program.scope(program.frame_in("shown", "show"), "Locals")
    program.go()
    program.hold()
    assert program.value(program.frame_in("shown", "show"), counted) == before
