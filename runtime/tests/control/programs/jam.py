"""Holds the loop once, in a helper."""

import asyncio
import time


def crunch():
    time.sleep(0.3)  # blocks


async def main():
    await asyncio.sleep(0)
    crunch()  # calls
    await asyncio.sleep(0)  # after
    print("end", flush=True)


asyncio.run(main())
