# loopscope: no blocks
# loopscope: tasks cancelled=2 failed=3 alive=0
# loopscope: site line=good created=4
# loopscope: site line=bad created=3
# loopscope: site line=cancelled created=2
# loopscope: exit 0
"""Four tasks finish, three fail and two are cancelled."""

from __future__ import annotations

import asyncio


async def finish() -> str:
    await asyncio.sleep(0.5)
    return "fine"


async def fail() -> str:
    await asyncio.sleep(0.5)
    raise ValueError("on purpose")


async def main() -> None:
    good = [asyncio.create_task(finish()) for _ in range(4)]  # <- good
    bad = [asyncio.create_task(fail()) for _ in range(3)]  # <- bad
    cancelled = [asyncio.create_task(finish()) for _ in range(2)]  # <- cancelled
    await asyncio.sleep(0.25)
    for task in cancelled:
        task.cancel()
    results = await asyncio.gather(*good, *bad, *cancelled, return_exceptions=True)
    print([type(result).__name__ for result in results])
    await asyncio.sleep(0.3)


if __name__ == "__main__":
    asyncio.run(main())
