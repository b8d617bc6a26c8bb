# loopscope: finding rule=executor-saturated line=filler count=1
"""Two workers, twelve jobs of two thirds of a second."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor


async def main():
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=2) as pool:
        jobs = [loop.run_in_executor(pool, time.sleep, 0.67) for _ in range(12)]  # <- filler
        await asyncio.gather(*jobs)


asyncio.run(main())
