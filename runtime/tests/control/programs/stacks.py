"""Prints the stacks that a program can see of itself."""

import asyncio
import traceback


def names():
    return [entry.name for entry in traceback.extract_stack()][-4:]


async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(lambda: print("callback", names(), flush=True))
    await asyncio.sleep(0)
    print("task", names(), flush=True)
    loop.call_soon(lambda: 1 / 0)
    await asyncio.sleep(0.01)  # last


asyncio.run(main())
