# loopscope: blocks line=sleep callee=time.sleep cause=sleep count=3 max-seconds=0.25.. task=*
# loopscope: site line=ensure created=1
# loopscope: site line=create created=1
# loopscope: exit 0
"""`ensure_future`, `create_task` and `asyncio.Task(...)` over a coroutine that really calls `time.sleep`."""

from __future__ import annotations

import asyncio
import time


async def fetch(name: str) -> str:
    """Looks like it waits; in truth it holds the loop."""
    time.sleep(0.25)  # <- sleep
    await asyncio.sleep(0.01)
    return name


async def main() -> None:
    first = asyncio.ensure_future(fetch("ensure_future"))  # <- ensure
    second = asyncio.create_task(fetch("create_task"))  # <- create
    third = asyncio.Task(fetch("Task"), loop=asyncio.get_running_loop())
    for task in (first, second, third):
        print(await task)


if __name__ == "__main__":
    asyncio.run(main())
