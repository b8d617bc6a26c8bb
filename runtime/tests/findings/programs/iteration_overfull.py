# loopscope: finding rule=iteration-overfull count=0..1
"""Turns of the loop that run two thousand callbacks each, again and again."""

import asyncio
import time


def small():
    deadline = time.thread_time() + 0.0002
    while time.thread_time() < deadline:
        pass


async def main():
    loop = asyncio.get_running_loop()
    for _ in range(6):
        for _ in range(2000):
            loop.call_soon(small)
        await asyncio.sleep(0.05)


asyncio.run(main())
