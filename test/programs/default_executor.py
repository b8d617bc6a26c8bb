# loopscope: no blocks
# loopscope: executor type=ThreadPoolExecutor submitted=6 completed=6 offloads=submit
# loopscope: exit 0
"""Blocking calls are handed to the loop's default executor, so the loop stays free."""

from __future__ import annotations

import asyncio
import time


def query(number: int) -> int:
    time.sleep(0.25)
    return number * number


async def main() -> None:
    loop = asyncio.get_running_loop()
    jobs = [loop.run_in_executor(None, query, number) for number in range(6)]  # <- submit
    print(await asyncio.gather(*jobs))


if __name__ == "__main__":
    asyncio.run(main())
