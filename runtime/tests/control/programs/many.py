"""Ten thousand tasks that wait."""

import asyncio


async def wait(event):
    await event.wait()


async def main():
    event = asyncio.Event()
    tasks = [asyncio.ensure_future(wait(event)) for _ in range(10_000)]
    await asyncio.sleep(0)
    print("ready", flush=True)
    await asyncio.gather(*tasks)


asyncio.run(main())
