"""Stands still at three places until it is given a line: where tasks wait for a lock and a timer, where they have ended
each in its own way, and inside a callback that holds the loop."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor


async def read(pool):
    await asyncio.get_running_loop().run_in_executor(pool, sys.stdin.readline)


async def use(lock):
    async with lock:
        pass


async def fail(lock):
    async with lock:
        raise ValueError("no good")


def hold():
    sys.stdin.readline()


async def main():
    lock = asyncio.Lock()
    with ThreadPoolExecutor(1, "reader") as pool:
        async with lock:
            tasks = [
                asyncio.create_task(use(lock), name="using"),
                asyncio.create_task(fail(lock), name="failing"),
                asyncio.create_task(asyncio.sleep(1000), name="sleeping"),
            ]
            await read(pool)
        tasks[2].cancel()
        await asyncio.wait(tasks)
        await read(pool)
        hold()
        await read(pool)
    print(tasks[1].exception())


asyncio.run(main())
