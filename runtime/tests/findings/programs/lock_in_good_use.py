"""Sixty tasks share a lock: the last one waits for seconds, but nobody holds it long."""

import asyncio


async def use(lock):
    async with lock:
        await asyncio.sleep(0.08)


async def main():
    lock = asyncio.Lock()
    await asyncio.gather(*(use(lock) for _ in range(60)))


asyncio.run(main())
