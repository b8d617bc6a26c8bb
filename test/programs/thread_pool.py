# loopscope: no blocks
# loopscope: executor type=ThreadPoolExecutor max-workers=2 submitted=5 completed=5 max-queued=2.. offloads=submit
# loopscope: exit 0
"""A custom thread pool of two workers is given five jobs: three of them wait for a worker, the loop does not."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor


def resize(picture: str) -> str:
    time.sleep(0.25)
    return picture.upper()


async def main() -> None:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="pictures") as pool:
        jobs = [loop.run_in_executor(pool, resize, name) for name in ("a", "b", "c", "d", "e")]  # <- submit
        print(await asyncio.gather(*jobs))


if __name__ == "__main__":
    asyncio.run(main())
