"""Tasks that clean up when the program is interrupted; one of them always is about to run."""

import asyncio


async def spin():
    try:
        while True:
            await asyncio.sleep(0)
    finally:
        print("cleaned", flush=True)


async def main():
    spinning = asyncio.gather(spin(), spin())
    await asyncio.sleep(0)
    print("ready", flush=True)
    await spinning


asyncio.run(main())
