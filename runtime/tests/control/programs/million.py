"""A task that has a million of everything."""

import asyncio
import types


async def show():
    items = list(range(1_000_000))
    mapping = {f"field_{number}": number for number in items}
    holder = types.SimpleNamespace(**mapping)
    print("ready", flush=True)
    await asyncio.Event().wait()
    print(items, mapping, holder)


async def main():
    task = asyncio.ensure_future(show())
    task.set_name("shown")
    await task


asyncio.run(main())
