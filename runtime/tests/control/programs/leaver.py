"""Ends at a line on its input, and leaves a child behind whose loop goes on for ever."""

import os
import sys

child = os.fork()
if child:
    sys.stdin.readline()
    os._exit(0)

import asyncio  # noqa: E402


async def main():
    print(f"ready {os.getpid()}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
