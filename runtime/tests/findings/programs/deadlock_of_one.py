# loopscope: finding rule=deadlock line=again count=1
# loopscope: finding rule=lock-held-long count=0..1
"""A task asks for a lock that it holds."""

import asyncio


async def inner(lock):
    async with lock:  # <- again
        pass


async def outer(lock):
    async with lock:
        await inner(lock)


async def main():
    task = asyncio.create_task(outer(asyncio.Lock()), name="outer")
    await asyncio.wait([task], timeout=4)
    task.cancel()
    await asyncio.wait([task])


asyncio.run(main())
