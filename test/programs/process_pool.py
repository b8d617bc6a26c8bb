# loopscope: no blocks
# loopscope: executor type=ProcessPoolExecutor max-workers=1 submitted=4 completed=4 offloads=submit
# loopscope: exit 0
"""Work for the processor goes to a process pool. The worker is started before the loop: that takes time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor


def crunch(number: int) -> int:
    total = 0
    for value in range(number):
        total = (total * 31 + value) & 0xFFFF
    return total


async def main(pool: ProcessPoolExecutor) -> None:
    loop = asyncio.get_running_loop()
    for number in (200_000, 400_000, 600_000):
        print(await loop.run_in_executor(pool, crunch, number))  # <- submit


if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=1) as process_pool:
        process_pool.submit(crunch, 1).result()
        asyncio.run(main(process_pool))
