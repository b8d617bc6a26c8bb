# loopscope: finding rule=busy-poll line=poll count=1
# loopscope: finding rule=busy-poll line=again count=1
"""A task looks at a flag at every turn of the loop, and so does a callback."""

import asyncio


async def poll(done):
    while not done:
        await asyncio.sleep(0)  # <- poll


def look(loop, done):  # <- again
    if not done:
        loop.call_soon(look, loop, done)


async def main():
    done = []
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(poll(done))
    loop.call_soon(look, loop, done)
    await asyncio.sleep(8)
    done.append(True)
    await task


asyncio.run(main())
