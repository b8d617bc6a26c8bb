# loopscope: no blocks
# loopscope: executor type=ThreadPoolExecutor max-workers=1 submitted=12 completed=12 max-queued=6.. offloads=submit
# loopscope: site line=maker created=12
# loopscope: exit 0
"""A task maker keeps submitting to a pool with one worker: the backlog grows, the loop stays free."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor


def print_label(number: int) -> int:
    time.sleep(0.1)
    return number


async def label(pool: ThreadPoolExecutor, number: int) -> int:
    return await asyncio.get_running_loop().run_in_executor(pool, print_label, number)  # <- submit


async def main() -> None:
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="printer") as pool:
        tasks = []
        for number in range(12):
            tasks.append(asyncio.create_task(label(pool, number), name=f"label {number}"))  # <- maker
            await asyncio.sleep(0.01)
        print("printed", sum(await asyncio.gather(*tasks)))


if __name__ == "__main__":
    asyncio.run(main())
