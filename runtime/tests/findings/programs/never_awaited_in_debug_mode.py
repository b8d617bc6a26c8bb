# loopscope: finding rule=never-awaited line=made count=1
"""In asyncio's debug mode Python itself knows where a coroutine was made."""

import asyncio


async def write(text):
    print(text)


async def main():
    # A slow machine is not to be told of.
    asyncio.get_running_loop().slow_callback_duration = 60
    kept = write("nothing")  # <- made
    await asyncio.sleep(0.05)
    del kept


asyncio.run(main(), debug=True)
