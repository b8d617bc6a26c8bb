# loopscope: no blocks
# loopscope: finding rule=iteration-overfull count=0..1
# loopscope: exit 0
"""One turn of the loop runs hundreds of small callbacks: together they are late, but no line of them holds the loop."""

from __future__ import annotations

import asyncio
import time


def small(done: list[int]) -> None:
    """Takes one millisecond of processor time."""
    deadline = time.thread_time() + 0.001
    while time.thread_time() < deadline:
        pass
    done.append(1)


async def main() -> None:
    loop = asyncio.get_running_loop()
    done: list[int] = []
    for _ in range(3):
        for _ in range(300):
            loop.call_soon(small, done)
        await asyncio.sleep(0.05)
    print("ran", len(done), "callbacks")


if __name__ == "__main__":
    asyncio.run(main())
