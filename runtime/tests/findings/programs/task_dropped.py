# loopscope: finding rule=task-dropped line=maker count=1
"""A task waits on a future that only the task refers to: the collector frees both."""

import asyncio
import gc


async def wait_for_word():
    await asyncio.get_running_loop().create_future()


async def main():
    asyncio.create_task(wait_for_word())  # noqa: RUF006  # <- maker
    kept = asyncio.create_task(asyncio.sleep(0.5))
    await asyncio.sleep(0.1)
    gc.collect()
    await kept


asyncio.run(main())
