# loopscope: finding rule=queue-growth line=made count=1
"""One queue is filled faster than it is emptied, another is emptied in time."""

import asyncio


async def consume(queue, seconds):
    while True:
        await queue.get()
        await asyncio.sleep(seconds)


async def main():
    slow = asyncio.Queue()  # <- made
    good = asyncio.Queue()
    consumers = [asyncio.create_task(consume(slow, 0.2)), asyncio.create_task(consume(good, 0))]
    for number in range(800):
        slow.put_nowait(number)
        good.put_nowait(number)
        await asyncio.sleep(0.01)
    for consumer in consumers:
        consumer.cancel()


asyncio.run(main())
