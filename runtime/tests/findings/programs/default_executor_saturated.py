# loopscope: finding rule=executor-saturated line=filler count=1
"""The default executor is full, and a name is to be looked up."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor


async def main():
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=2, thread_name_prefix="asyncio"))
    jobs = [loop.run_in_executor(None, time.sleep, 0.67) for _ in range(10)]  # <- filler
    lookup = asyncio.create_task(loop.getaddrinfo("localhost", 80))
    await asyncio.gather(*jobs)
    await lookup


asyncio.run(main())
