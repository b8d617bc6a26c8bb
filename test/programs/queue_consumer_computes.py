# loopscope: blocks line=crunch cause=cpu count=3 max-seconds=0.25..
# loopscope: exit 0
"""A queue's consumer computes in plain Python for a quarter of a second, so its producer waits as well."""

from __future__ import annotations

import asyncio
import time


def crunch(seconds: float) -> int:
    """Keeps the processor busy for so many seconds of the thread's own time."""
    total = 0
    deadline = time.thread_time() + seconds
    while time.thread_time() < deadline:  # <- crunch
        for value in range(2000):  # <- crunch
            total = (total * 31 + value) & 0xFFFF  # <- crunch
    return total


async def consume(queue: asyncio.Queue[str]) -> None:
    for _ in range(3):
        order = await queue.get()
        crunch(0.25)
        print("computed", order)


async def main() -> None:
    queue: asyncio.Queue[str] = asyncio.Queue()
    consumer = asyncio.create_task(consume(queue))
    for order in ("one", "two", "three"):
        await queue.put(order)
        await asyncio.sleep(0.05)
    await consumer


if __name__ == "__main__":
    asyncio.run(main())
