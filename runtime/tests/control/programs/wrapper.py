"""Wraps what runs callbacks, as a profiler might, while the program runs."""

import asyncio
from asyncio import events


async def main():
    asyncio.current_task().set_name("main")
    await asyncio.sleep(0)  # first
    inner = events.Handle._run

    def run(handle):
        return inner(handle)

    events.Handle._run = run
    print("wrapped", flush=True)
    while True:
        await asyncio.sleep(0.005)


asyncio.run(main())
