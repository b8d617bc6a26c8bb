"""How busy a loop is said to be."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Connection, Viewer

MS = 1_000_000

# Held by the first line that comes in, then computes, then is idle until the second.
PROGRAM = """
    import asyncio, sys, time

    async def main():
        loop = asyncio.get_running_loop()
        sys.stdin.readline()
        until = time.thread_time() + 0.3
        while time.thread_time() < until:
            pass
        await asyncio.sleep(0)
        asyncio.current_task().set_name("idle")
        await loop.run_in_executor(None, sys.stdin.readline)

    asyncio.run(main())
"""


def busy(connection: Connection) -> Any:
    """The latest record."""
    (loop,) = connection.tables.loops.records()
    return loop["busy"]


@pytest.mark.parametrize(("level", "measure"), [("watch", "processor"), ("trace", "callbacks")])
def test_counts_what_holds_the_loop_and_what_computes_and_not_what_waits(
    viewer: Viewer, level: str, measure: str
) -> None:
    process = viewer.start(viewer.programs.write(PROGRAM), LOOPSCOPE_LEVEL=level)
    connection = viewer.accept()
    connection.welcome()
    assert process.stdin is not None

    def until_busy_for(ns: int) -> Any:
        # When the machine has no time for the runtime, callbacks are not logged. That is counted.
        tables = connection.tables
        connection.until(lambda _: busy(connection)["ns"] >= ns or tables.dropped["events"])
        return busy(connection)

    # A wait of which only the hold tells, while it lasts: whatever time passes is busy time.
    connection.until(lambda _: any(loop["block"] for loop in connection.tables.loops.records()))
    before = busy(connection)
    held = until_busy_for(before["ns"] + 200 * MS)
    assert held["ns"] - before["ns"] == held["at_ns"] - before["at_ns"]
    assert held["measure"] == measure
    # It stays counted when it is over, and what the thread then uses of the processor comes on top.
    process.stdin.write("\n")
    process.stdin.flush()
    connection.until(lambda _: connection.task("idle"))
    computed = until_busy_for(held["ns"] + 250 * MS)
    assert computed["ns"] - before["ns"] <= computed["at_ns"] - before["at_ns"] + 25 * MS
    # A loop that waits is hardly busy, although the runtime asks it for its tasks.
    rested = connection.until(
        lambda _: busy(connection) if busy(connection)["at_ns"] >= computed["at_ns"] + 500 * MS else None
    )
    assert rested["ns"] - computed["ns"] < 250 * MS
    process.stdin.write("\n")
    process.stdin.flush()
    connection.rest()
    assert process.wait(30) == 0
    # Nothing is lost with the end of the loop.
    assert busy(connection)["ns"] >= rested["ns"]
