# loopscope: no blocks
# loopscope: site line=main created=1..
# loopscope: exit 0
"""A future is polled by a callback that re-schedules itself with `call_soon`: the loop spins but nobody holds it."""

from __future__ import annotations

import asyncio


def poll(loop: asyncio.AbstractEventLoop, future: asyncio.Future[str], answer: asyncio.Future[str]) -> None:
    """Looks at the future on every turn of the loop until it is done."""
    if future.done():
        answer.set_result(future.result())
    else:
        loop.call_soon(poll, loop, future, answer)


async def main() -> None:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[str] = loop.create_future()
    answer: asyncio.Future[str] = loop.create_future()
    loop.call_later(1.0, future.set_result, "ready")
    loop.call_soon(poll, loop, future, answer)
    print("the poller saw:", await answer)


if __name__ == "__main__":
    asyncio.run(main())  # <- main
