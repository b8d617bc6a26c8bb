# loopscope: finding rule=left-open line=submit count=1
# loopscope: finding rule=left-open count=2
"""A loop is not closed and a pool not shut down; a second loop and a second pool are."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(max_workers=1)


async def main():
    await asyncio.get_running_loop().run_in_executor(pool, int)  # <- submit


async def clean():
    await asyncio.to_thread(int) if hasattr(asyncio, "to_thread") else None
    with ThreadPoolExecutor(max_workers=1) as other:
        await asyncio.get_running_loop().run_in_executor(other, int)


asyncio.run(clean())
loop = asyncio.new_event_loop()
loop.run_until_complete(main())
