"""Two tasks that take two locks in different orders, and something that goes on beside them."""

import asyncio


async def take(first, second):
    async with first:
        await asyncio.sleep(0)
        async with second:  # waits
            pass


async def main():
    left, right = asyncio.Lock(), asyncio.Lock()
    one = asyncio.ensure_future(take(left, right))
    other = asyncio.ensure_future(take(right, left))
    one.set_name("one")
    other.set_name("other")
    await asyncio.gather(one, other)


asyncio.run(main())
