# loopscope: finding rule=deadlock count=1
# loopscope: finding rule=stuck line=nobody count=1
# loopscope: finding rule=lock-held-long count=0..2
"""Two tasks take two locks in different order, and a third waits for what nobody can complete, on uvloop."""

import asyncio

import uvloop


async def take(first, second):
    async with first:
        await asyncio.sleep(0.05)
        async with second:
            pass


async def waits():
    future = asyncio.get_running_loop().create_future()
    await future  # <- nobody


async def main():
    one, two = asyncio.Lock(), asyncio.Lock()
    tasks = [asyncio.create_task(take(one, two), name="A"), asyncio.create_task(take(two, one), name="B")]
    tasks.append(asyncio.create_task(waits(), name="C"))
    await asyncio.wait(tasks, timeout=5)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    # What the loop itself waits for is not stuck, whatever it is.
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(3, future.cancel)
    try:
        await future
    except asyncio.CancelledError:
        print("done")


uvloop.run(main())
