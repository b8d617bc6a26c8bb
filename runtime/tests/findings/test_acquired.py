"""What is read from a function's source about the locks that it holds at a line: what is certain, and nothing else."""

from __future__ import annotations

import ast
import textwrap

import pytest

from loopscope.findings.acquired import held_at
from loopscope.findings.deadlock import circles, stuck_together

HELD = {
    "a statement before the try": """
        await lock.acquire()
        try:
            await work()  # here
        finally:
            lock.release()
        """,
    "asked for with a time limit": """
        await asyncio.wait_for(lock.acquire(), 5)
        if ready:
            for each in range(3):
                await work()  # here
        lock.release()
        """,
    "a second lock between": """
        await lock.acquire()
        await other.acquire()
        other.release()
        await work()  # here
        lock.release()
        """,
    "in the else of a try": """
        try:
            await lock.acquire()
        except OSError:
            return
        else:
            await work()  # here
            lock.release()
        """,
}
NOT_HELD = {
    "asked for under a condition": """
        if wanted:
            await lock.acquire()
        await work()  # here
        lock.release()
        """,
    "released on one way here": """
        await lock.acquire()
        if done:
            lock.release()
        await work()  # here
        lock.release()
        """,
    "released in an earlier round": """
        await lock.acquire()
        while True:
            await work()  # here
            lock.release()
        """,
    "released by a function inside": """
        await lock.acquire()
        future.add_done_callback(lambda _: lock.release())
        await work()  # here
        lock.release()
        """,
    "another lock by now": """
        await lock.acquire()
        lock = other
        await work()  # here
        lock.release()
        """,
    "perhaps not reached before the exception": """
        try:
            await first()
            await lock.acquire()
        except OSError:
            await work()  # here
        lock.release()
        """,
    "not released by this function": """
        await lock.acquire()
        await work()  # here
        """,
    "asked for at this line": """
        await lock.acquire()  # here
        lock.release()
        """,
}


def held_here(body: str) -> list[tuple[str, ...]]:
    source = "async def function():\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.AsyncFunctionDef)
    (line,) = [number for number, text in enumerate(source.splitlines(), 1) if text.endswith("# here")]
    return held_at(function, line)


@pytest.mark.parametrize("case", HELD)
def test_a_lock_is_held_where_that_is_certain(case: str) -> None:
    assert held_here(HELD[case]) == [("lock",)]


@pytest.mark.parametrize("case", NOT_HELD)
def test_a_lock_is_not_said_to_be_held_where_it_may_not_be(case: str) -> None:
    assert held_here(NOT_HELD[case]) == []


def test_the_names_of_a_lock_may_be_dotted() -> None:
    assert held_here("await self.a.lock.acquire()\nawait work()  # here\nself.a.lock.release()") == [
        ("self", "a", "lock")
    ]


def test_a_task_is_stuck_only_if_all_that_could_free_it_are() -> None:
    # 1 waits for 2 or 3; 3 can go on.
    assert stuck_together({1: [2, 3], 2: [1], 3: []}) == {}
    together = stuck_together({1: [2, 3], 2: [1], 3: [1], 4: [1], 5: [9]})
    assert together == {1: 2, 2: 1, 3: 1, 4: 1}
    assert circles(together) == [[1, 2]]
