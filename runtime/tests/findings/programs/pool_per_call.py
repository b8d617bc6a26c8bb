# loopscope: finding rule=pool-per-call line=submit count=1
"""Every call makes a pool for one job."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


def double(number):
    return 2 * number


async def slow_double(number):
    with ThreadPoolExecutor(max_workers=1) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, double, number)  # <- submit


async def main():
    for number in range(8):
        await slow_double(number)
    await asyncio.sleep(0.2)


asyncio.run(main())
