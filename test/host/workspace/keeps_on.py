"""Holds its loop again and again, until it is given a line."""

import asyncio
import sys
import time


async def hold() -> None:
    while True:
        await asyncio.sleep(0.1)
        time.sleep(0.2)  # <- blocks


async def main() -> None:
    holding = asyncio.create_task(hold(), name="holding")
    print("runs", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    holding.cancel()


asyncio.run(main())
