# loopscope: no blocks
# loopscope: site line=gather created=3
# loopscope: site line=wait created=3
# loopscope: tasks cancelled=1 failed=0 alive=0
# loopscope: exit 0
"""`gather` gives the results in order; `wait` gives back whoever is done by then, and leaves the rest to its caller."""

from __future__ import annotations

import asyncio


async def answer(delay: float) -> float:
    await asyncio.sleep(delay)
    return delay


async def main() -> None:
    print("gather:", await asyncio.gather(answer(0.3), answer(0.1), answer(0.2)))  # <- gather
    tasks = [asyncio.create_task(answer(delay)) for delay in (0.1, 0.2, 30.0)]  # <- wait
    done, pending = await asyncio.wait(tasks, timeout=0.6)
    print("wait:", sorted(task.result() for task in done), "and", len(pending), "still out")
    for task in pending:
        task.cancel()
    await asyncio.sleep(0.3)


if __name__ == "__main__":
    asyncio.run(main())
