"""One task awaited in a way that is named on the command line of the environment."""

import asyncio
import os


async def work():
    await asyncio.sleep(0.01)  # work
    return 1


async def plainly(task):
    return await task  # plainly


async def by_gather(task):
    return await asyncio.gather(task, asyncio.sleep(0))  # gather


async def by_shield(task):
    return await asyncio.shield(task)  # shield


async def by_wait(task):
    return await asyncio.wait([task])  # wait


async def by_wait_for(task):
    return await asyncio.wait_for(task, 5)  # wait_for


async def main():
    ways = {"plainly": plainly, "gather": by_gather, "shield": by_shield, "wait": by_wait, "wait_for": by_wait_for}
    task = asyncio.ensure_future(work())
    task.set_name("worker")
    awaiter = asyncio.ensure_future(ways[os.environ["WAY"]](task))
    awaiter.set_name("awaiter")
    await awaiter


asyncio.run(main())
