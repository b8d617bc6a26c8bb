"""A worker that a main task awaits by way of a helper, and a task beside them that nothing happens to."""

import asyncio


async def leaf(number):
    await asyncio.sleep(0)  # leaf
    return number * 2


async def work():  # work
    total = 0
    for number in range(3):
        total += await leaf(number)  # middle
    return total


async def main():
    stop = asyncio.Event()
    waiter = asyncio.ensure_future(stop.wait())
    worker = asyncio.ensure_future(work())
    worker.set_name("worker")
    waiter.set_name("waiter")
    print("total", await worker, flush=True)  # awaits worker
    stop.set()
    await waiter


asyncio.run(main())
