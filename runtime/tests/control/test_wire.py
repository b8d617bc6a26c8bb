"""The loop debugger as a viewer has it: through the connection of an installed runtime."""

from __future__ import annotations

from conftest import Viewer, line_of
from wired import Debugger, connect, loop_of

from loopscope import process, protocol
from loopscope.control.controller import Controller

SLEEPER = """
    import asyncio, os, sys

    async def wait(seconds):
        await asyncio.sleep(seconds)  # sleeps

    async def main():
        waiting = asyncio.create_task(wait(1000), name="waiting")
        line = await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        print("read", line.strip(), flush=True)

    asyncio.run(main())
"""

BLOCKS = """
    import asyncio, sys, time

    def crunch():
        time.sleep(0.3)  # blocks

    async def main():
        await asyncio.sleep(0)
        crunch()
        await asyncio.sleep(0)
        print("after", flush=True)
        sys.stdin.readline()

    asyncio.run(main())
"""


def test_the_runtime_names_the_commands_that_the_controller_has() -> None:
    assert process.DEBUGGER_COMMANDS == Controller.COMMANDS


def test_holds_shows_evaluates_and_lets_go(viewer: Viewer) -> None:
    program, debugger = connect(viewer, SLEEPER)
    held = debugger.hold()
    assert (held["reason"], held["first"], held["loop_name"]) == ("pause", True, "MainThread")
    assert (held["can_step"], held["time_stands_still"]) == (True, True)
    debugger.connection.until(lambda _: loop_of(debugger.connection)["state"] == "held")
    task = debugger.task("waiting")
    frames = debugger.ask("frames", task=task["id"])["frames"]
    frame = next(each for each in frames if each["function"] == "wait")
    assert frame["line"] == line_of(SLEEPER, "sleeps")
    (scope, *_) = debugger.ask("scopes", frame=frame["id"])["scopes"]
    variables = debugger.ask("variables", reference=scope["reference"])["variables"]
    assert [(each["name"], each["text"]) for each in variables] == [("seconds", "1000")]
    value = debugger.ask("evaluate", frame=frame["id"], expression="seconds * 2", context="repl")
    assert value["variable"]["text"] == "2000"
    debugger.ask("resume")
    debugger.connection.until(lambda _: loop_of(debugger.connection)["state"] in ("idle", "running"))
    assert program.communicate("a line\n", timeout=60) == ("read a line\n", "")
    assert program.returncode == 0


def test_a_loop_that_is_held_is_not_blocked_nor_late(viewer: Viewer) -> None:
    program, debugger = connect(viewer, SLEEPER)
    connection = debugger.connection
    for _ in range(2):
        debugger.hold()
        reached = connection.until(lambda message: message["type"] == "update" and message["time_ns"])
        connection.until(lambda message, reached=reached: message.get("time_ns", 0) > reached + 400_000_000)
        assert loop_of(connection)["state"] == "held"
        debugger.ask("resume")
        connection.until(lambda _: loop_of(connection)["state"] in ("idle", "running"))
        lagged = connection.until(lambda message: message.get("lag"))
        assert max(point["lag_ms"] for point in lagged) < 400
    assert program.communicate("\n", timeout=60) == ("read \n", "")
    messages = connection.rest()
    assert connection.tables.blocks.identifiers() == []
    points = [point for message in messages for point in message.get("lag", ())]
    assert max(point["lag_ms"] for point in points) < 400


def test_while_another_debugger_has_stopped_the_program_no_lag_is_measured(viewer: Viewer) -> None:
    source = """
        import asyncio, pdb, sys

        async def main():
            await asyncio.sleep(0.2)
            pdb.Pdb(stdout=sys.stderr).set_trace()
            await asyncio.sleep(0.2)

        asyncio.run(main())
    """
    program, connection = viewer.watch(source)
    connection.until(
        lambda _: any((each["block"] or {}).get("cause") == "debugger" for each in connection.tables.loops.records())
    )
    connection.until(lambda _: loop_of(connection)["block"]["duration_ns"] > 600_000_000)
    program.communicate("continue\n", timeout=60)
    messages = connection.rest()
    assert program.returncode == 0
    points = [point for message in messages for point in message.get("lag", ())]
    assert max(point["lag_ms"] for point in points if not point["open"]) < 600
    assert [block["cause"] for block in connection.tables.blocks.records()] == ["debugger"]
    assert not list(connection.tables.findings.records())


def test_an_awaited_expression_is_answered_when_it_is_done_and_is_no_task_of_the_program(viewer: Viewer) -> None:
    program, debugger = connect(viewer, SLEEPER)
    debugger.hold()
    task = debugger.task("waiting")
    frames = debugger.ask("frames", task=task["id"])["frames"]
    frame = next(each for each in frames if each["function"] == "wait")
    value = debugger.ask("evaluate", frame=frame["id"], expression="await asyncio.sleep(0.1, 7)", context="repl")
    assert (value["variable"]["text"], value["ran"]) == ("7", True)
    update = debugger.connection.until_type("update")
    assert update["task_counts"]["created"] == 2
    debugger.ask("resume")
    assert program.communicate("\n", timeout=60)[1] == ""
    debugger.connection.rest()
    assert all(record["name"] != "Loopscope evaluation" for record in debugger.connection.tables.tasks.records())


def test_a_jam_stops_the_loop_with_the_stack_that_was_seen(viewer: Viewer) -> None:
    program = viewer.start(viewer.programs.write(BLOCKS), LOOPSCOPE_WAIT="debugger")
    connection = viewer.accept()
    connection.welcome()
    debugger = Debugger(connection)
    debugger.ask("set-stops", jam_ms=200)
    held = connection.until_type("held")
    assert held["reason"] == "jam"
    line = line_of(BLOCKS, "blocks")
    assert held["description"].endswith(f"program.py:{line}.")
    frames = debugger.ask("frames", task=held["task"])["frames"]
    caught = [(each["function"], each["line"]) for each in frames if each["kind"] == "caught"]
    assert caught[0] == ("crunch", line)
    debugger.ask("resume")
    out, err = program.communicate("\n", timeout=60)
    assert (out, err, program.returncode) == ("after\n", "", 0)
    connection.rest()
    (block,) = connection.tables.blocks.records()
    assert block["count"] == 1
    assert connection.site(block["site"])["line"] == line


def test_the_first_loop_waits_for_breakpoints(viewer: Viewer) -> None:
    path = viewer.programs.write(SLEEPER)
    program = viewer.start(path, LOOPSCOPE_WAIT="debugger")
    connection = viewer.accept()
    connection.welcome()
    debugger = Debugger(connection)
    line = line_of(SLEEPER, "sleeps")
    set_ = debugger.ask("set-await-breakpoints", file=str(path), breakpoints=[{"id": 17, "line": line}])
    assert [(each["line"], each["verified"]) for each in set_["breakpoints"]] == [(line, True)]
    debugger.ask("set-stops")
    held = connection.until_type("held")
    assert (held["reason"], held["breakpoint"]) == ("await-breakpoint", 17)
    debugger.ask("set-await-breakpoints", file=str(path), breakpoints=[])
    debugger.ask("resume")
    assert program.communicate("\n", timeout=60) == ("read \n", "")


def test_a_loop_goes_on_when_the_viewer_goes_away(viewer: Viewer) -> None:
    program, debugger = connect(viewer, SLEEPER)
    debugger.hold()
    debugger.connection.close()
    assert program.communicate("on\n", timeout=60) == ("read on\n", "")
    assert program.returncode == 0


def test_a_child_forked_from_a_program_with_a_held_loop_runs(viewer: Viewer) -> None:
    source = """
        import asyncio, os, sys, threading

        def fork():
            sys.stdin.readline()
            child = os.fork()
            if child == 0:
                asyncio.run(asyncio.sleep(0))
                print("child", flush=True)
                os._exit(0)
            os.waitpid(child, 0)
            print("parent", flush=True)

        async def main():
            await asyncio.get_running_loop().run_in_executor(None, fork)

        asyncio.run(main())
    """
    program, debugger = connect(viewer, source)
    debugger.hold()
    assert program.stdin is not None
    program.stdin.write("\n")
    program.stdin.flush()
    assert program.stdout is not None
    assert program.stdout.readline() == "child\n"
    debugger.ask("resume")
    assert program.stdout.readline() == "parent\n"
    assert program.wait(timeout=60) == 0


def test_rubbish_is_answered_in_a_sentence(viewer: Viewer) -> None:
    program, debugger = connect(viewer, SLEEPER)
    assert debugger.refusal("resume") == "The loop is not held."
    assert debugger.refusal("frames") == "The task must be a whole number."
    assert debugger.refusal("set-stops", jam_ms="soon").startswith("The length of a jam must be a number")
    debugger.connection.send({"type": "request", "id": 99, "command": "frames", "arguments": "rubbish"})
    assert debugger.answer(99)["error"] == "The task must be a whole number."
    assert program.communicate("\n", timeout=60) == ("read \n", "")
    assert protocol.PROTOCOL_VERSION == 1
