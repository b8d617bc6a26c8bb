# loopscope: blocks line=result callee=concurrent.futures.Future.result cause=lock count=2 max-seconds=0.3..
# loopscope: loops count=2
# loopscope: exit 0
"""A coroutine asks a loop in another thread and waits for the result the blocking way."""

from __future__ import annotations

import asyncio
import threading


async def price(item: str) -> int:
    await asyncio.sleep(0.3)
    return len(item)


async def main(other: asyncio.AbstractEventLoop) -> None:
    for item in ("tea", "coffee"):
        future = asyncio.run_coroutine_threadsafe(price(item), other)
        print(item, future.result())  # <- result
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    background = asyncio.new_event_loop()
    thread = threading.Thread(target=background.run_forever, name="background loop")
    thread.start()
    asyncio.run(main(background))
    background.call_soon_threadsafe(background.stop)
    thread.join()
    background.close()
