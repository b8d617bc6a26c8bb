"""Holds its loop through a helper in another file, and says so nowhere."""

import asyncio

from prices import load


async def quote(loaves: int) -> float:
    rate = load("EUR")  # <- reported
    return loaves * rate


async def main() -> None:
    waiting = asyncio.create_task(asyncio.sleep(0.05), name="waiting")
    for loaves in range(3):
        await quote(loaves)
        await asyncio.sleep(0.05)
    await waiting
    print("done")


if __name__ == "__main__":
    asyncio.run(main())
