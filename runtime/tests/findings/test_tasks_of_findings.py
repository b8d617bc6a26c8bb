"""Which tasks a finding is about, by their numbers: names may be given twice."""

from __future__ import annotations

import asyncio
import sys

from conftest import Connection, Viewer

from loopscope.findings.busy_poll import ITERATIONS
from loopscope.findings.spinning import Spinning
from loopscope.sites import FileKinds

PROGRAM = """
    import asyncio, sys

    async def forget():
        await asyncio.Event().wait()

    async def stuck():
        ready = asyncio.Event()
        await ready.wait()

    async def take(first, second):
        async with first:
            await asyncio.sleep(0.05)
            async with second:
                pass

    async def hold(lock):
        async with lock:
            await asyncio.sleep(1000)

    async def use(lock):
        async with lock:
            pass

    async def swallow():
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            pass
        await asyncio.sleep(1000)

    async def main():
        one, two, three = (asyncio.Lock() for _ in range(3))
        work = {
            "A": take(one, two),
            "B": take(two, one),
            "holder": hold(three),
            "swallower": swallow(),
        }
        tasks = [asyncio.create_task(each, name=name) for name, each in work.items()]
        tasks += [asyncio.create_task(each, name="twin") for each in (stuck(), forget())]
        await asyncio.sleep(0.1)
        tasks.append(asyncio.create_task(use(three), name="user"))
        tasks[3].cancel()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        for task in tasks:
            task.cancel()
        tasks[3].cancel()

    asyncio.run(main())
"""


def about(connection: Connection, rule: str) -> list[list[tuple[str, str]]]:
    """Of each finding of a rule: name and coroutine of each task that it is about."""
    tasks = connection.tables.tasks
    found = [
        [tasks.get(number) for number in finding["tasks"]]
        for finding in connection.tables.findings.records()
        if finding["rule"] == rule
    ]
    return [sorted((task["name"], task["coroutine"]) for task in each if task is not None) for each in found]


def test_a_finding_tells_the_tasks_that_it_is_about(viewer: Viewer) -> None:
    expected = {
        "deadlock": [("A", "take"), ("B", "take")],
        "lock-held-long": [("holder", "hold"), ("user", "use")],
        "stuck": [("twin", "stuck")],
    }
    if sys.version_info >= (3, 11):
        expected["cancel-swallowed"] = [("swallower", "swallow")]
    process, connection = viewer.watch(PROGRAM)
    connection.until(lambda _: all(tasks in about(connection, rule) for rule, tasks in expected.items()))
    assert about(connection, "stuck") == [expected["stuck"]]
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    connection.rest()
    assert process.wait(30) == 0


def test_a_task_that_polls_is_known_from_its_handle() -> None:
    errors: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        spinning = Spinning(FileKinds(), lambda: errors.append(1))
        loop.call_soon(spinning.begin, loop)
        for _ in range(ITERATIONS + 3):
            await asyncio.sleep(0)
        (found,) = spinning.take()
        assert found.task is not None
        assert found.task() is asyncio.current_task()

    asyncio.run(main())
    assert not errors
