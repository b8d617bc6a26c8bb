"""Findings hold the loop, each at the moment and in the task where it is made."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Viewer, line_of
from wired import Debugger

NEVER_AWAITED = """
    import asyncio

    async def fetch():
        return 1

    async def main():
        await asyncio.sleep(0)
        fetch()  # made
        await asyncio.sleep(0)  # awaits
        print("after", flush=True)

    asyncio.run(main())
"""

NEVER_AWAITED_AT_THE_END = """
    import asyncio

    async def fetch():
        return 1

    async def main():
        fetch()  # made

    asyncio.run(main())
    print("after", flush=True)
"""

DEADLOCK = """
    import asyncio, sys

    async def take(first, second):
        async with first:
            await asyncio.sleep(0)
            async with second:  # waits
                pass

    async def main():
        left, right = asyncio.Lock(), asyncio.Lock()
        one = asyncio.ensure_future(take(left, right))
        other = asyncio.ensure_future(take(right, left))
        one.set_name("one")
        other.set_name("other")
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        one.cancel()
        await asyncio.gather(one, other, return_exceptions=True)
        print("after", flush=True)

    asyncio.run(main())
"""

NEVER_RETRIEVED = """
    import asyncio, sys

    async def fail():
        raise ValueError("no")

    async def main():
        asyncio.ensure_future(fail())  # made
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        print("after", flush=True)

    asyncio.run(main())
"""

TASK_DROPPED = """
    import asyncio, gc, sys

    async def wait():
        await asyncio.get_running_loop().create_future()

    async def main():
        asyncio.ensure_future(wait())  # made
        await asyncio.sleep(0)
        gc.collect()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        print("after", flush=True)

    asyncio.run(main())
"""

BLOCKING = """
    import asyncio, sys, time

    async def main():
        time.sleep(0.2)  # made
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        print("after", flush=True)

    asyncio.run(main())
"""


def stop_at(viewer: Viewer, source: str, *rules: str) -> tuple[Any, Debugger, dict[str, Any]]:
    """Run a program until it stops at a finding of one of these rules."""
    program = viewer.start(viewer.programs.write(source), LOOPSCOPE_WAIT="debugger")
    connection = viewer.accept()
    connection.welcome()
    debugger = Debugger(connection)
    debugger.ask("set-stops", rules=list(rules))
    held = connection.until_type("held")
    assert held["reason"] == "finding"
    return program, debugger, held


def let_go(program: Any, debugger: Debugger) -> str:
    """Let the program run to its end, which must be a good one; gives what it wrote to its standard error."""
    debugger.ask("set-stops")
    debugger.ask("resume")
    out, errors = program.communicate("\n", timeout=60)
    assert (out, program.returncode) == ("after\n", 0)
    assert isinstance(errors, str)
    return errors


def test_a_coroutine_that_is_never_awaited_stops_in_the_task_that_threw_it_away(viewer: Viewer) -> None:
    program, debugger, held = stop_at(viewer, NEVER_AWAITED, "never-awaited")
    assert held["description"] == (
        "never-awaited: The coroutine fetch is made here and never awaited: nothing of it runs."
    )
    assert debugger.task("Task-1")["id"] == held["task"]
    frames = debugger.ask("frames", task=held["task"])["frames"]
    assert [(each["kind"], each["function"], each["line"]) for each in frames if each["user"]][:2] == [
        ("found", "main", line_of(NEVER_AWAITED, "made")),
        ("await", "main", line_of(NEVER_AWAITED, "awaits")),
    ]
    assert "coroutine 'fetch' was never awaited" in let_go(program, debugger)
    debugger.connection.rest()
    (finding,) = debugger.connection.tables.findings.records()
    assert (finding["rule"], finding["count"]) == ("never-awaited", 1)


def test_it_stops_also_when_nothing_but_the_end_comes_after(viewer: Viewer) -> None:
    program, debugger, held = stop_at(viewer, NEVER_AWAITED_AT_THE_END, "never-awaited")
    frames = debugger.ask("frames", task=held["task"])["frames"]
    assert (frames[0]["kind"], frames[0]["line"]) == ("found", line_of(NEVER_AWAITED_AT_THE_END, "made"))
    let_go(program, debugger)


def test_a_deadlock_stops_in_a_task_of_the_circle(viewer: Viewer) -> None:
    program, debugger, held = stop_at(viewer, DEADLOCK, "deadlock")
    assert held["description"].startswith("deadlock: 2 tasks wait for each other and can never go on")
    frames = debugger.ask("frames", task=held["task"])["frames"]
    own = [(each["kind"], each["function"], each["line"]) for each in frames if each["user"]]
    assert own[0] == ("await", "take", line_of(DEADLOCK, "waits"))
    assert held["task"] in [debugger.task(name)["id"] for name in ("one", "other")]
    let_go(program, debugger)


@pytest.mark.parametrize(
    ("rule", "source", "says"),
    [
        ("never-retrieved", NEVER_RETRIEVED, "failed with ValueError: no"),
        ("task-dropped", TASK_DROPPED, "was freed while it was pending"),
        ("blocking", BLOCKING, "time.sleep held the event loop once"),
    ],
)
def test_any_finding_stops_by_its_id(viewer: Viewer, rule: str, source: str, says: str) -> None:
    program, debugger, held = stop_at(viewer, source, "queue-growth", rule)
    assert held["description"].startswith(f"{rule}: ")
    assert says in held["description"]
    assert held["task"] is None
    frames = debugger.ask("frames", loop=held["loop"])["frames"]
    assert (frames[0]["kind"], frames[0]["line"]) == ("found", line_of(source, "made"))
    let_go(program, debugger)


def test_a_finding_that_was_not_asked_for_does_not_stop(viewer: Viewer) -> None:
    program = viewer.start(viewer.programs.write(NEVER_AWAITED), LOOPSCOPE_WAIT="debugger")
    connection = viewer.accept()
    connection.welcome()
    Debugger(connection).ask("set-stops", rules=["deadlock"])
    out, _ = program.communicate(timeout=60)
    assert (out, program.returncode) == ("after\n", 0)
    assert all(message["type"] != "held" for message in connection.rest())
