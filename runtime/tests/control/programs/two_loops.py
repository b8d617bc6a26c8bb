"""Two loops in two threads."""

import asyncio
import threading


async def spin(name, stop):
    asyncio.current_task().set_name(name)
    started.set()
    while not stop.is_set():
        await asyncio.sleep(0.005)  # spin


started = threading.Event()
stop = threading.Event()
other = threading.Thread(target=lambda: asyncio.run(spin("second", stop)), name="other")
other.start()
started.wait()


async def main():
    print("running", flush=True)
    await spin("first", stop)


async def first():
    asyncio.get_running_loop().call_later(3600, stop.set)
    await main()


asyncio.run(first())
