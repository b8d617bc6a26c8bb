"""The smallest program that holds its loop: the suite opens it, runs it and looks for its mark."""

import asyncio
import time


async def load_rates() -> None:
    time.sleep(0.4)  # <- blocks


async def main() -> None:
    waiting = asyncio.create_task(asyncio.sleep(0.05), name="waiting")
    for _ in range(3):
        await load_rates()
        await asyncio.sleep(0.05)
    await waiting
    print("done")


asyncio.run(main())
