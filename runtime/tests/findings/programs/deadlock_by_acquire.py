# loopscope: finding rule=deadlock count=2
# loopscope: finding rule=lock-held-long count=0..5
"""Circles over locks that are held in every way but plain `async with`, and over the last permit of a semaphore."""

import asyncio
import contextlib


class Account:
    def __init__(self):
        self.lock = asyncio.Lock()


async def transfer(source, target):
    await source.lock.acquire()
    try:
        await asyncio.sleep(0.1)
        await asyncio.wait_for(target.lock.acquire(), None)  # <- transfer
        try:
            pass
        finally:
            target.lock.release()
    finally:
        source.lock.release()


@contextlib.asynccontextmanager
async def entered(lock):
    async with lock:
        yield


async def through_a_manager(outer, inner):
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(entered(outer))
        await asyncio.sleep(0.1)
        async with inner:  # <- manager
            pass


async def through_a_condition(condition, permit):
    async with permit:
        await asyncio.sleep(0.1)
        async with condition:  # <- condition
            pass


async def main():
    one, other = Account(), Account()
    lock = asyncio.Lock()
    condition = asyncio.Condition(lock)
    permit = asyncio.BoundedSemaphore(1)
    tasks = [
        asyncio.create_task(transfer(one, other), name="A"),
        asyncio.create_task(transfer(other, one), name="B"),
        asyncio.create_task(through_a_manager(lock, permit), name="C"),
        asyncio.create_task(through_a_condition(condition, permit), name="D"),
    ]
    await asyncio.wait(tasks, timeout=5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print("done")


asyncio.run(main())
