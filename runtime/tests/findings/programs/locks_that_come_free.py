"""Tasks wait long for locks, and somebody can let every one of them go on."""

import asyncio


class Room:
    def __init__(self):
        self.door = asyncio.Lock()

    async def enter(self):
        await self.door.acquire()

    def leave(self):
        self.door.release()


async def waits_for_condition(condition, other):
    async with condition:
        await condition.wait()
    async with other:
        pass


async def holds_one_permit(permits, until):
    async with permits:
        await until


async def wants(lock):
    async with lock:
        pass


async def main():
    loop = asyncio.get_running_loop()
    lock, condition = asyncio.Lock(), None
    condition = asyncio.Condition(lock)
    two, end = asyncio.BoundedSemaphore(2), loop.create_future()
    room = Room()
    await room.enter()
    waiting = asyncio.create_task(waits_for_condition(condition, room.door), name="condition")
    # The condition gives its lock away while it is waited for.
    holder = asyncio.create_task(holds_one_permit(lock, asyncio.sleep(1.5)), name="holder")
    others = [asyncio.create_task(wants(lock), name="wants"), waiting, holder]
    # One of the two who hold a permit waits for the other who wants one; the third goes on.
    third = asyncio.create_task(holds_one_permit(two, end), name="third")
    await asyncio.sleep(0)
    wanting = loop.create_future()
    second = asyncio.create_task(holds_one_permit(two, wanting), name="second")
    await asyncio.sleep(0)
    blocked = asyncio.create_task(wants(two), name="blocked")
    blocked.add_done_callback(lambda _: wanting.set_result(None))
    await asyncio.sleep(4)
    end.set_result(None)
    await asyncio.gather(third, second, blocked)
    async with condition:
        condition.notify_all()
    room.leave()
    await asyncio.gather(*others)
    print("done")


asyncio.run(main())
