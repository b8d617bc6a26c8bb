"""The loop is busy: two tasks play ping-pong over queues, and one computes and lets others in now and then."""

import asyncio
import time


async def play(mine, other, until):
    while time.monotonic() < until:
        await mine.get()
        await other.put(None)


async def compute(until):
    while time.monotonic() < until:
        begun = time.monotonic()
        while time.monotonic() < begun + 0.005:
            pass
        await asyncio.sleep(0)


async def main():
    until = time.monotonic() + 4
    one, two = asyncio.Queue(), asyncio.Queue()
    players = [asyncio.create_task(play(one, two, until)), asyncio.create_task(play(two, one, until))]
    await one.put(None)
    await asyncio.sleep(2)
    await compute(until)
    await asyncio.wait(players, timeout=1)
    for player in players:
        player.cancel()


asyncio.run(main())
