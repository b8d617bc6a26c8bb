# loopscope: finding rule=still-running line=thread count=1
# loopscope: finding rule=still-running line=job count=1
# loopscope: finding rule=still-running line=task count=1
# loopscope: finding rule=still-running line=offload count=1
# loopscope: finding rule=left-open line=job count=1
"""Everything in it holds its end up for some seconds."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

SECONDS = 4.5


def linger():
    time.sleep(3 * SECONDS)  # <- thread


def work():
    time.sleep(SECONDS)


async def will_not_end():
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        await asyncio.sleep(SECONDS)  # <- task


async def main():
    task = asyncio.create_task(will_not_end(), name="stubborn")
    offload = asyncio.get_running_loop().run_in_executor(None, linger_in_pool)  # <- offload
    await asyncio.sleep(0.1)
    return task, offload


def linger_in_pool():
    time.sleep(2 * SECONDS)


threading.Thread(target=linger, name="lingering").start()
asyncio.run(main())
pool = ThreadPoolExecutor(1)
pool.submit(work)  # <- job
