# loopscope: no blocks
# loopscope: site line=producer created=2
# loopscope: site line=consumer created=3
# loopscope: tasks cancelled=3 failed=0 alive=0
# loopscope: exit 0
"""Two producers and three consumers share an `asyncio.Queue` of four places."""

from __future__ import annotations

import asyncio


async def produce(queue: asyncio.Queue[int], first: int) -> None:
    for number in range(first, first + 15):
        await queue.put(number)
        await asyncio.sleep(0.02)


async def consume(queue: asyncio.Queue[int], seen: list[int]) -> None:
    while True:
        number = await queue.get()
        await asyncio.sleep(0.05)
        seen.append(number)
        queue.task_done()


async def main() -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(maxsize=4)
    seen: list[int] = []
    producers = [asyncio.create_task(produce(queue, first)) for first in (0, 100)]  # <- producer
    consumers = [asyncio.create_task(consume(queue, seen)) for _ in range(3)]  # <- consumer
    await asyncio.gather(*producers)
    await queue.join()
    for consumer in consumers:
        consumer.cancel()
    await asyncio.sleep(0.3)
    print("consumed", len(seen), "summing to", sum(seen))


if __name__ == "__main__":
    asyncio.run(main())
