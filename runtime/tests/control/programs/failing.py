"""Tasks that fail: one awaited, one not."""

import asyncio


async def fail(reason):
    depth = len(reason)
    await asyncio.sleep(0)
    raise ValueError(reason, depth)  # raises


async def main():
    awaited = asyncio.ensure_future(fail("awaited"))
    awaited.set_name("awaited")
    try:
        await awaited
    except ValueError:
        pass
    asyncio.ensure_future(fail("forgotten")).set_name("forgotten")
    await asyncio.sleep(0.5)
    print("end", flush=True)


asyncio.run(main())
