# loopscope: finding rule=deadlock count=1
# loopscope: finding rule=lock-held-long count=0..2
"""Two tasks take two locks in different order."""

import asyncio


async def take(first, second):
    async with first:
        await asyncio.sleep(0.05)
        async with second:  # <- second
            pass


async def main():
    one, two = asyncio.Lock(), asyncio.Lock()
    tasks = [asyncio.create_task(take(one, two), name="A"), asyncio.create_task(take(two, one), name="B")]
    await asyncio.wait(tasks, timeout=5)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


asyncio.run(main())
