# loopscope: no blocks
# loopscope: tasks cancelled=1 failed=0 alive=0
# loopscope: site line=waiter created=1
# loopscope: exit 0
"""A task waits on a future that nobody ever completes, until the program loses patience."""

from __future__ import annotations

import asyncio


async def wait_for_word(future: asyncio.Future[str]) -> str:
    return await future


async def main() -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    waiter = asyncio.create_task(wait_for_word(future), name="waiter")  # <- waiter
    try:
        await asyncio.wait_for(waiter, timeout=1.0)
    except asyncio.TimeoutError:
        print("nobody answered")
    await asyncio.sleep(0.3)


if __name__ == "__main__":
    asyncio.run(main())
