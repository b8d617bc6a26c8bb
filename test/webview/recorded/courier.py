"""A courier that calls at one door after the other; the first of its kind falls asleep on its loop."""

import asyncio
import sys
import time


async def deliver(door: int) -> None:
    """Call again and again, until somebody opens."""
    while True:
        await asyncio.sleep(0.05 * door)


async def rest(seconds: float) -> None:
    """Stand still on the loop, soon after the start."""
    await asyncio.sleep(0.8)
    time.sleep(seconds)


async def main() -> None:
    """Be on the way for four seconds."""
    doors = [asyncio.create_task(deliver(door), name=f"door-{door}") for door in (1, 2)]
    print("on the way", flush=True)
    if sys.argv[1] == "1":
        doors.append(asyncio.create_task(rest(0.7), name="rest"))
    await asyncio.wait(doors, timeout=4)


asyncio.run(main())
