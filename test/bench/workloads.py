"""The work that the benchmarks measure: fixed amounts of it, chosen to take about a tenth of a second."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Callable

#: Coroutine functions without arguments, by the name the tables show.
Workload = Callable[[], Awaitable[None]]


async def _switch(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def task_switch() -> None:
    """100 tasks take turns, 800 steps each: nothing but the loop's own work."""
    await asyncio.gather(*(_switch(800) for _ in range(100)))


async def _nothing() -> None:
    return None


async def task_creation() -> None:
    """30,000 tasks are created by one line, run one step and end."""
    for _ in range(300):
        for task in [asyncio.create_task(_nothing()) for _ in range(100)]:
            await task


async def _echo(inbox: asyncio.Queue[int], outbox: asyncio.Queue[int], times: int) -> None:
    for _ in range(times):
        outbox.put_nowait(await inbox.get())


async def queue_ping_pong() -> None:
    """A number goes to and fro between two tasks 12,000 times, over two queues."""
    there: asyncio.Queue[int] = asyncio.Queue()
    back: asyncio.Queue[int] = asyncio.Queue()
    echo = asyncio.create_task(_echo(there, back, 12_000))
    for number in range(12_000):
        there.put_nowait(number)
        await back.get()
    await echo


async def idle() -> None:
    """Half a second in which nothing happens but one timer every 50 ms."""
    for _ in range(10):
        await asyncio.sleep(0.05)


WORKLOADS: dict[str, Workload] = {
    "task switch": task_switch,
    "task creation": task_creation,
    "queue ping-pong": queue_ping_pong,
}
