# loopscope: blocks line=soon callee=time.sleep cause=sleep count=1 max-seconds=0.25.. task=none
# loopscope: blocks line=later callee=time.sleep cause=sleep count=1 max-seconds=0.3.. task=none
# loopscope: blocks line=at callee=time.sleep cause=sleep count=1 max-seconds=0.35.. task=none
# loopscope: exit 0
"""`call_soon`, `call_later` and `call_at` with callbacks that hold the loop: no task is to blame, the line is."""

from __future__ import annotations

import asyncio
import time


def soon() -> None:
    time.sleep(0.25)  # <- soon
    print("soon")


def later() -> None:
    time.sleep(0.3)  # <- later
    print("later")


def at(done: asyncio.Future[None]) -> None:
    time.sleep(0.35)  # <- at
    print("at")
    done.set_result(None)


async def main() -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    loop.call_soon(soon)
    loop.call_later(0.5, later)
    loop.call_at(loop.time() + 1.0, at, done)
    await done


if __name__ == "__main__":
    asyncio.run(main())
