"""Waits for a line of input with a deadline that would pass while somebody looks."""

import asyncio


async def main():
    loop = asyncio.get_running_loop()
    gate = asyncio.Event()
    asyncio.current_task().set_name("waiter")
    loop.call_later(0.3, gate.set)
    print("waiting", flush=True)
    try:
        await asyncio.wait_for(gate.wait(), 0.5)  # wait
        outcome = "in time"
    except asyncio.TimeoutError:
        outcome = "too late"
    print(outcome, flush=True)


asyncio.run(main())
