"""A ticking task on uvloop."""

import asyncio

import uvloop


async def tick():
    for number in range(10_000):
        await asyncio.sleep(0.005)
        if number == 3:
            print("ticking", flush=True)


async def main():
    task = asyncio.ensure_future(tick())
    task.set_name("ticker")
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled", flush=True)


asyncio.set_event_loop_policy(uvloop.EventLoopPolicy()) if not hasattr(uvloop, "run") else None
(uvloop.run if hasattr(uvloop, "run") else asyncio.run)(main())
