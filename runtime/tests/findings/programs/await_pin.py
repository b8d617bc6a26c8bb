# loopscope: finding rule=await-pin line=made count=1 python=3.14
"""Tasks that have finished are remembered by a future that is awaited for as long as the program runs; another one
forgets them in time, and a third is awaited by many that have not finished."""

import asyncio

remember = getattr(asyncio, "future_add_to_awaited_by", lambda future, task: None)
forget = getattr(asyncio, "future_discard_from_awaited_by", lambda future, task: None)


async def look(closing):
    remember(closing, asyncio.current_task())
    await asyncio.sleep(0)


async def look_and_go(closing):
    remember(closing, asyncio.current_task())
    await asyncio.sleep(0)
    forget(closing, asyncio.current_task())


async def main():
    loop = asyncio.get_running_loop()
    closing, closing_too, closing_last = (loop.create_future() for _ in range(3))
    for _ in range(300):
        await asyncio.create_task(look(closing))  # <- made
        await asyncio.create_task(look_and_go(closing_too))
    waiting = [asyncio.create_task(asyncio.wait([closing_last])) for _ in range(300)]
    await asyncio.sleep(3)
    for each in (closing, closing_too, closing_last):
        each.set_result(None)
    await asyncio.gather(*waiting)


asyncio.run(main())
