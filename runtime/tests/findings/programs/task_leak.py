# loopscope: finding rule=task-leak line=leak count=1
"""Watchers are made and never end; messages are handled by as many tasks, which do."""

import asyncio


async def watch(stop):
    await stop.wait()


async def handle():
    await asyncio.sleep(0.01)


async def main():
    stop = asyncio.Event()
    tasks = []
    for _ in range(140):
        tasks.append(asyncio.create_task(watch(stop)))  # <- leak
        await asyncio.create_task(handle())
        await asyncio.sleep(0.09)
    stop.set()
    await asyncio.gather(*tasks)


asyncio.run(main())
