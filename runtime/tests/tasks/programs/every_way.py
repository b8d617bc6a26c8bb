"""Makes three tasks in every way that this Python has, each on a line of its own: `every_way.py [uvloop]`."""

import asyncio
import sys
import threading
from asyncio import create_task

import anyio

uvloop = None
if sys.argv[1:] == ["uvloop"]:
    import uvloop


class OwnTask(asyncio.Task):
    pass


async def work():
    await asyncio.sleep(0)


async def nothing():
    pass


async def in_task_group():
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(work())  # <- TaskGroup


async def in_anyio_group():
    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(work)  # <- anyio


async def with_factory(factory):
    loop = asyncio.get_running_loop()
    loop.set_task_factory(factory)
    try:
        for _ in range(3):
            await loop.create_task(work())  # <- through-factory
    finally:
        loop.set_task_factory(None)


async def with_eager_factory():
    loop = asyncio.get_running_loop()
    loop.set_task_factory(asyncio.eager_task_factory)
    try:
        for _ in range(3):
            await asyncio.create_task(work())  # <- eager
            await asyncio.create_task(nothing())  # <- eager-at-once
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(nothing)  # <- eager-anyio
        loop.set_task_factory(asyncio.create_eager_task_factory(OwnTask))
        for _ in range(3):
            await asyncio.create_task(nothing())  # <- eager-own-at-once
    finally:
        loop.set_task_factory(None)


def from_a_thread(loop):
    for _ in range(3):
        asyncio.run_coroutine_threadsafe(work(), loop).result()  # <- threadsafe


def own_factory(loop, coroutine, **options):
    return asyncio.Task(coroutine, loop=loop, **options)  # <- own-factory


async def main():
    loop = asyncio.get_running_loop()
    for _ in range(3):
        await asyncio.create_task(work())  # <- asyncio-create_task
        await create_task(work())  # <- create_task
        await loop.create_task(work())  # <- loop-create_task
        await asyncio.ensure_future(work())  # <- ensure_future
        await asyncio.Task(work(), loop=loop)  # <- Task
        await asyncio.wait_for(work(), 100)  # <- wait_for
    await asyncio.gather(work(), work(), work())  # <- gather
    thread = threading.Thread(target=from_a_thread, args=[loop])
    thread.start()
    while thread.is_alive():
        await asyncio.sleep(0.01)
    await in_anyio_group()
    await with_factory(own_factory)
    if sys.version_info >= (3, 11):
        await in_task_group()
    # uvloop passes arguments that the eager factory of Python 3.13.0 refuses.
    if sys.version_info >= (3, 12) and not (uvloop and sys.version_info[:2] == (3, 13)):
        await with_eager_factory()


if uvloop:
    uvloop.run(main())  # <- run
else:
    asyncio.run(main())  # <- run
if sys.version_info >= (3, 11):
    with asyncio.Runner(loop_factory=uvloop and uvloop.new_event_loop) as runner:
        for _ in range(3):
            runner.run(work())  # <- Runner
