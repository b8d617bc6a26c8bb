# loopscope: finding rule=cancel-swallowed line=goes-on count=1 python=3.11
# loopscope: finding rule=cancel-swallowed line=goes-on-beside-group count=1 python=3.11
"""Two tasks swallow their cancellation and go on, one of them after its own task group has cancelled it as well;
another takes its time to clean up; a fourth was only timed out."""

import asyncio
import sys


async def swallow():
    try:
        await asyncio.sleep(100)
    except asyncio.CancelledError:
        pass
    await asyncio.sleep(3)  # <- goes-on


async def fail():
    raise ValueError("failed")


async def swallow_after_group():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
    except Exception:
        pass
    try:
        await asyncio.sleep(100)
    except asyncio.CancelledError:
        pass
    await asyncio.sleep(3)  # <- goes-on-beside-group


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
    cancelled = [swallow, clean_up]
    if sys.version_info >= (3, 11):
        cancelled.append(swallow_after_group)
    tasks = [asyncio.create_task(each()) for each in (*cancelled, timed_out)]
    await asyncio.sleep(1.8)
    for task in tasks[:-1]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


asyncio.run(main())
