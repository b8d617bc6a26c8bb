"""A task that fails and that nobody asks, and a main task that goes on for ever."""

import asyncio


async def fail():
    raise ValueError("no")  # raises


async def main():
    asyncio.ensure_future(fail()).set_name("forgotten")  # made
    await asyncio.Event().wait()


asyncio.run(main())
