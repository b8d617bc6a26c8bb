# loopscope: no blocks
# loopscope: exit 0
"""`call_soon`, `call_later` and `call_at` with callbacks that give the loop straight back."""

from __future__ import annotations

import asyncio


async def main() -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    loop.call_soon(print, "soon")
    loop.call_later(0.5, print, "later")
    loop.call_at(loop.time() + 1.0, done.set_result, None)
    await done
    print("at")


if __name__ == "__main__":
    asyncio.run(main())
