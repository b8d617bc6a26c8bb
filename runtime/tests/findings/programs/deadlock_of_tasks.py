# loopscope: finding rule=deadlock count=1
"""Three tasks await each other; the program gives up on them."""

import asyncio

tasks = {}


async def wait_for_next(name):
    await asyncio.sleep(0.05)
    await tasks[name]


async def main():
    for name, following in (("A", "B"), ("B", "C"), ("C", "A")):
        tasks[name] = asyncio.create_task(wait_for_next(following), name=name)
    await asyncio.sleep(4)
    # None of them can be cancelled: each would only cancel the next.
    for task in tasks.values():
        task._log_destroy_pending = False


loop = asyncio.new_event_loop()
loop.run_until_complete(main())
loop.close()
