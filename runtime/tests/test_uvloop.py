"""What holds a loop of the real uvloop: the same findings as for asyncio's own."""

from __future__ import annotations

import json
import sys

import pytest
from conftest import Programs, Viewer, line_of
from test_causes import HOLDS, hold_program

pytest.importorskip("uvloop", reason="uvloop is not installed for this interpreter")

BY_INSTALL = "import uvloop; uvloop.install(); asyncio.run(main())"
BY_RUN = "import uvloop; uvloop.run(main())"
BY_RUNNER = """
import uvloop
with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
"""
# Python 3.14 warns of policies, and 3.16 has none.
WAYS = [
    *([pytest.param(BY_INSTALL, id="install")] if sys.version_info < (3, 14) else []),
    pytest.param(BY_RUN, id="run"),
    *([pytest.param(BY_RUNNER, id="Runner")] if sys.version_info >= (3, 11) else []),
]
CAUSES = ("time.sleep", "socket", "urllib", "subprocess.run", "file", "Lock", "queue", "Python code", "zlib")


def on_uvloop(source: str, way: str = BY_RUN) -> str:
    """A program of the other tests, on uvloop."""
    return source.replace("asyncio.run(main())\n", way.strip() + "\n")


@pytest.mark.parametrize("way", WAYS)
def test_loops_are_seen_however_they_were_made(programs: Programs, way: str) -> None:
    source = on_uvloop(hold_program("time.sleep(0.3)  # held"), way)
    report = programs.report(source)
    (loop,) = report["loops"]
    assert (loop["class"], loop["thread"]) == ("uvloop.Loop", "MainThread")
    (block,) = report["blocking"]
    assert (block["line"], block["callee"], block["cause"]) == (line_of(source, "held"), "time.sleep", "sleep")
    assert (block["function"], block["task"], block["count"]) == ("main", "Task-1", 1)
    assert block["max_seconds"] >= 0.275
    (finding,) = report["findings"]
    assert (finding["rule"], finding["line"]) == ("blocking", block["line"])


def test_loops_of_a_uvloop_that_was_imported_before_are_seen(programs: Programs) -> None:
    source = """
        import asyncio, sys, time
        import uvloop
        import loopscope

        async def numbers():
            try:
                yield 1
            finally:
                print("closed")

        async def main():
            async for number in numbers():
                break
            await asyncio.create_task(asyncio.sleep(0))  # made
            time.sleep(0.3)  # held

        before = sys.set_asyncgen_hooks
        loopscope.install(record="r.loopscope")
        uvloop.run(main())
        uvloop.run(main())
        loopscope.uninstall()
        print(sys.set_asyncgen_hooks is before)
    """
    done = programs.python(programs.write(source))
    assert (done.stdout, done.stderr, done.returncode) == ("closed\nclosed\nTrue\n", "", 0)
    report = json.loads(programs.python("-m", "loopscope", "report", "r.loopscope").stdout)
    assert [(loop["class"], loop["thread"]) for loop in report["loops"]] == 2 * [("uvloop.Loop", "MainThread")]
    (block,) = report["blocking"]
    assert (block["line"], block["callee"], block["cause"]) == (line_of(source, "held"), "time.sleep", "sleep")
    assert block["count"] == 2
    (made,) = (site["created"] for site in report["tasks"]["sites"] if site["line"] == line_of(source, "made"))
    assert (made, report["tasks"]["alive"]) == (2, 0)


@pytest.mark.parametrize("name", CAUSES)
def test_names_line_callee_and_cause(programs: Programs, name: str) -> None:
    held, callee, cause = HOLDS[name]
    source = on_uvloop(hold_program(held))
    (block,) = programs.report(source)["blocking"]
    assert (block["task"], block["count"]) == ("Task-1", 1)
    if block["cause"] == "machine" and cause != "sleep":
        # What a call waits for had no processor on a machine this busy: then no line is to blame.
        assert block["line"] is None
        return
    assert (block["line"], block["function"]) == (line_of(source, "held"), "main")
    assert block["cause"] == cause
    if callee is not None:
        assert block["callee"] == callee


def test_a_hold_in_a_helper_is_the_helpers_and_who_was_ready_is_counted(programs: Programs) -> None:
    source = on_uvloop(
        """
        import asyncio, time

        class Rates:
            def load(self):
                time.sleep(0.25)  # held

        async def handler(rates):
            rates.load()

        async def spin():
            while True:
                await asyncio.sleep(0)

        async def main():
            others = [asyncio.create_task(spin()) for _ in range(5)]
            await asyncio.sleep(0.05)
            for _ in range(2):
                await handler(Rates())
                await asyncio.sleep(0.05)
            for other in others:
                other.cancel()

        asyncio.run(main())
        """.replace("\n        ", "\n")
    )
    (block,) = programs.report(source)["blocking"]
    assert (block["line"], block["function"], block["count"]) == (line_of(source, "held"), "Rates.load", 2)
    assert [frame["function"] for frame in block["stack"]][-3:] == ["main", "handler", "Rates.load"]
    assert block["victims"] == 5
    assert block["total_seconds"] >= 2 * 0.225


@pytest.mark.parametrize(
    "held",
    [
        pytest.param("loop.call_soon(hold)", id="call_soon"),
        pytest.param("loop.call_later(0.01, hold)", id="timer"),
        pytest.param("asyncio.create_task(asyncio.sleep(0)).add_done_callback(hold)", id="done-callback"),
        pytest.param("os.write(end, b'x'); loop.add_reader(start, hold, start)", id="reader"),
        pytest.param(
            "loop.add_signal_handler(signal.SIGUSR1, hold); os.kill(os.getpid(), signal.SIGUSR1)", id="signal"
        ),
        pytest.param("await talk(loop, hold)", id="protocol"),
    ],
)
def test_plain_callbacks_hold_it_too(programs: Programs, held: str) -> None:
    source = on_uvloop(
        f"""
import asyncio, os, signal, time

start, end = os.pipe()

def hold(readable=None):
    if isinstance(readable, int):
        os.read(readable, 1)
    time.sleep(0.25)  # held

async def talk(loop, hold):
    class Peer(asyncio.Protocol):
        def data_received(self, data):
            hold()
    server = await loop.create_server(Peer, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"x")
    await asyncio.sleep(0.1)
    writer.close()
    server.close()

async def main():
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0.05)
    {held}
    await asyncio.sleep(0.2)

asyncio.run(main())
"""
    )
    (block,) = programs.report(source)["blocking"]
    assert (block["line"], block["function"]) == (line_of(source, "held"), "hold")
    assert (block["task"], block["count"], block["cause"]) == (None, 1, "sleep")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("await asyncio.sleep(0.4)", id="waits"),
        pytest.param("await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.4)", id="offloads"),
        pytest.param("await asyncio.gather(*(spin() for _ in range(20)))", id="many small steps"),
        pytest.param("for _ in range(4): time.sleep(0.04); await asyncio.sleep(0)", id="short holds"),
        pytest.param("for _ in range(400): loop.call_soon(small)", id="many small callbacks in one iteration"),
    ],
)
def test_what_does_not_hold_is_not_blamed(programs: Programs, body: str) -> None:
    source = f"""
import asyncio, time, uvloop

async def spin():
    for _ in range(500):
        await asyncio.sleep(0)

def small():
    until = time.perf_counter() + 0.001
    while time.perf_counter() < until:
        pass

async def main():
    loop = asyncio.get_running_loop()
    {body}
    await asyncio.sleep(0.05)

uvloop.run(main())
"""
    report = programs.report(source, "--threshold", "200")
    # A busy machine may hold any program, which is then said without blaming a line.
    assert [block for block in report["blocking"] if block["line"] is not None] == []
    assert [finding for finding in report["findings"] if finding["rule"] == "blocking"] == []


def test_says_what_a_task_waits_on_and_that_the_loop_is_blocked_while_it_is(programs: Programs, viewer: Viewer) -> None:
    source = """
        import asyncio, os, sys, uvloop

        async def main():
            waiting = asyncio.create_task(asyncio.Event().wait(), name="waiter")
            await asyncio.to_thread(sys.stdin.readline)
            sys.stdin.readline()  # held
            waiting.cancel()

        uvloop.run(main())
    """
    process = viewer.start(programs.write(source))
    connection = viewer.accept()
    connection.welcome()

    def waits(_: object) -> bool:
        return any(task["name"] == "waiter" and task["wait"] for task in connection.tables.tasks.records())

    connection.until(waits)
    (waiter,) = (task for task in connection.tables.tasks.records() if task["name"] == "waiter")
    assert waiter["wait"]["kind"] == "event"
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    connection.until(lambda _: any(loop["state"] == "blocked" for loop in connection.tables.loops.records()))
    (loop,) = connection.tables.loops.records()
    site = connection.tables.sites.get(loop["block"]["site"])
    assert site is not None
    assert site["line"] == line_of(source, "held")
    process.stdin.write("\n")
    process.stdin.flush()
    connection.rest()
    assert process.wait(30) == 0


@pytest.mark.skipif(
    sys.version_info < (3, 12) or sys.version_info[:2] == (3, 13),
    reason="eager tasks came with Python 3.12, and uvloop passes arguments that the factory of 3.13.0 refuses",
)
def test_eager_tasks_that_end_at_once_are_counted(programs: Programs) -> None:
    source = """
        import asyncio, sys

        # Otherwise uvloop tells the factory of a newer Python to start none eagerly.
        EAGERLY = {"eager_start": True} if sys.version_info >= (3, 14) else {}

        async def nothing():
            pass

        async def main():
            asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
            for _ in range(3):
                await asyncio.create_task(nothing(), **EAGERLY)  # made

        asyncio.run(main())
    """
    tasks = programs.report(on_uvloop(source))["tasks"]
    (made,) = (site["created"] for site in tasks["sites"] if site["line"] == line_of(source, "made"))
    assert (made, tasks["alive"]) == (3, 0)
