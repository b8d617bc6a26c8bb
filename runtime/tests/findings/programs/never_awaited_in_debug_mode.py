# loopscope: finding rule=never-awaited line=made count=1
"""In asyncio's debug mode Python itself knows where a coroutine was made."""

import asyncio


async def write(text):
    print(text)


async def main():
    kept = write("nothing")  # <- made
    await asyncio.sleep(0.05)
    del kept


asyncio.run(main(), debug=True)
