# loopscope: finding rule=never-awaited line=discarded count=1
# loopscope: finding rule=never-awaited line=definition count=1
"""One call of a coroutine function stands alone on its line; the result of another is kept and never awaited."""

import asyncio


async def greet(name):
    print("hello", name)


async def write(text):  # <- definition
    print(text)


async def main():
    for name in ("one", "two"):
        greet(name)  # <- discarded
    await greet("three")
    kept = write("nothing")
    del kept
    await asyncio.sleep(0.1)


asyncio.run(main())
