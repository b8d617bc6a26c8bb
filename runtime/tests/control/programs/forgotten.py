"""Makes a coroutine and never awaits it."""

import asyncio


async def fetch():
    return 1


async def main():
    await asyncio.sleep(0)
    fetch()  # made
    await asyncio.sleep(0)  # after
    print("end", flush=True)


asyncio.run(main())
