# loopscope: finding rule=lock-held-long line=held count=1
"""A task sleeps inside `async with lock` while two others wait for the lock."""

import asyncio


async def hold(lock):
    async with lock:
        await asyncio.sleep(5)  # <- held


async def use(lock):
    async with lock:
        await asyncio.sleep(0)


async def main():
    lock = asyncio.Lock()
    holder = asyncio.create_task(hold(lock), name="holder")
    await asyncio.sleep(0.01)
    await asyncio.gather(holder, use(lock), use(lock))


asyncio.run(main())
