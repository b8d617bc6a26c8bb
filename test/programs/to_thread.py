# loopscope: no blocks
# loopscope: executor type=ThreadPoolExecutor submitted=2 completed=2 offloads=submit
# loopscope: exit 0
"""The same by `asyncio.to_thread`."""

from __future__ import annotations

import asyncio
import time


def query(number: int) -> int:
    time.sleep(0.3)
    return number * number


async def main() -> None:
    for number in (3, 4):
        print(await asyncio.to_thread(query, number))  # <- submit


if __name__ == "__main__":
    asyncio.run(main())
