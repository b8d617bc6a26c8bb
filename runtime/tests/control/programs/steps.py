"""A worker that a main task awaits by way of a helper, and a ticker beside them."""

import asyncio


async def leaf(number):
    await asyncio.sleep(0)  # leaf
    return number * 2


async def work():  # work
    total = 0
    for number in range(3):
        total += await leaf(number)  # middle
    return total


async def tick(stop):
    ticks = 0
    while not stop.is_set():
        ticks += 1
        await asyncio.sleep(0.01)  # tick
    return ticks


async def main():
    stop = asyncio.Event()
    ticker = asyncio.ensure_future(tick(stop))
    worker = asyncio.ensure_future(work())
    if hasattr(worker, "set_name"):
        worker.set_name("worker")
        ticker.set_name("ticker")
    print("total", await worker, flush=True)  # awaits worker
    stop.set()
    await ticker


asyncio.run(main())
