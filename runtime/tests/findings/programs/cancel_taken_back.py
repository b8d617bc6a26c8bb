"""Tasks that are cancelled and go on as they should, and tasks that asyncio and anyio cancel for their own ends."""

import asyncio
import sys

import anyio

LONG = 3.5


async def fail():
    raise ValueError("failed")


async def clean_up_slowly():
    try:
        await asyncio.sleep(100)
    finally:
        await asyncio.sleep(LONG)


async def fails_while_its_group_waits():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(100))
            group.create_task(fail())
    except Exception:
        pass
    await asyncio.sleep(LONG)


async def fails_before_its_group_waits():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            await asyncio.sleep(100)
    except Exception:
        pass
    await asyncio.sleep(LONG)


async def group_waits_for_the_slow():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(clean_up_slowly())
            await asyncio.sleep(0)
            group.create_task(fail())
    except Exception:
        pass


async def timed_out():
    try:
        async with asyncio.timeout(0.1):
            await asyncio.sleep(100)
    except asyncio.TimeoutError:
        pass
    await asyncio.sleep(LONG)


async def anyio_timed_out():
    with anyio.move_on_after(0.1):
        await asyncio.sleep(100)
    await asyncio.sleep(LONG)


async def fails_in_anyio_group():
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(fail)
            await asyncio.sleep(100)
    except Exception:
        pass
    await asyncio.sleep(LONG)


async def takes_it_back(started):
    started.set()
    try:
        await asyncio.sleep(100)
    except asyncio.CancelledError:
        asyncio.current_task().uncancel()
    await asyncio.sleep(LONG)


async def waits_for_condition(condition):
    async with condition:
        await condition.wait()


async def holds_a_little(condition):
    async with condition:
        condition.notify()
        await asyncio.sleep(LONG / 7)


async def cancelled_while_it_takes_the_lock_back():
    condition = asyncio.Condition()
    waiting = asyncio.create_task(waits_for_condition(condition))
    await asyncio.sleep(0)
    holders = [asyncio.create_task(holds_a_little(condition)) for _ in range(7)]
    for _ in range(3):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting, *holders])


async def cancelled_beside_a_shield():
    inner = asyncio.create_task(asyncio.sleep(LONG))
    outer = asyncio.ensure_future(asyncio.shield(inner))
    outer.cancel()
    await asyncio.wait([inner, outer])


async def main():
    work = [
        anyio_timed_out(),
        fails_in_anyio_group(),
        cancelled_while_it_takes_the_lock_back(),
        cancelled_beside_a_shield(),
    ]
    if sys.version_info >= (3, 11):
        work += [
            fails_while_its_group_waits(),
            fails_before_its_group_waits(),
            group_waits_for_the_slow(),
            timed_out(),
        ]
        started = asyncio.Event()
        task = asyncio.create_task(takes_it_back(started))
        await started.wait()
        task.cancel()
        work.append(task)
    await asyncio.gather(*work)


asyncio.run(main())
