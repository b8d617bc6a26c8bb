# loopscope: finding rule=cancel-swallowed line=goes-on count=1 python=3.13
"""One task swallows its cancellation and goes on; another takes its time to clean up; a third was only timed out."""

import asyncio


async def swallow():
    try:
        await asyncio.sleep(100)
    except asyncio.CancelledError:
        pass
    await asyncio.sleep(3)  # <- goes-on


async def clean_up():
    try:
        await asyncio.sleep(100)
    finally:
        await asyncio.sleep(3)


async def timed_out():
    try:
        await asyncio.wait_for(asyncio.sleep(100), 1)
    except asyncio.TimeoutError:
        pass
    await asyncio.sleep(3)


async def main():
    tasks = [asyncio.create_task(each()) for each in (swallow, clean_up, timed_out)]
    await asyncio.sleep(1.8)
    for task in tasks[:2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


asyncio.run(main())
