"""A callback that somebody cancels while the loop is held just before it."""

import asyncio

handles = []


def callback():
    print("the callback ran", flush=True)


async def spin(stop):
    while not stop.is_set():
        await asyncio.sleep(0)  # spin


async def main():
    stop = asyncio.Event()
    spinner = asyncio.ensure_future(spin(stop))
    spinner.set_name("spinner")
    for _ in range(3):
        await asyncio.sleep(0)
    handles.append(asyncio.get_running_loop().call_soon(callback))
    for _ in range(3):
        await asyncio.sleep(0)
    stop.set()
    await spinner
    print("cancelled", handles[0].cancelled(), flush=True)


asyncio.run(main())
