# loopscope: blocks line=worker callee=time.sleep cause=sleep count=2 max-seconds=0.3..
# loopscope: loops count=2
# loopscope: executor type=ThreadPoolExecutor submitted=1 completed=1 offloads=submit
# loopscope: exit 0
"""A second loop runs in a worker thread by `asyncio.run` and is held there; the main loop is not."""

from __future__ import annotations

import asyncio
import time


async def count(name: str) -> str:
    for _ in range(10):
        await asyncio.sleep(0.05)
    return name


async def held() -> str:
    for _ in range(2):
        time.sleep(0.3)  # <- worker
        await asyncio.sleep(0.1)
    return "worker loop"


def run_held() -> str:
    return asyncio.run(held())


async def main() -> None:
    loop = asyncio.get_running_loop()
    job = loop.run_in_executor(None, run_held)  # <- submit
    print(await count("main loop"))
    print(await job)


if __name__ == "__main__":
    asyncio.run(main())
