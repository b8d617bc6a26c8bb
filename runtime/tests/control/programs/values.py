"""A task with values that are hard to show."""

import asyncio
import collections
import time

CALLS = []


class Hostile:
    calls = CALLS

    def __init__(self):
        self.kept = "plain"

    def __repr__(self):
        Hostile.calls.append("repr")
        raise RuntimeError("no repr for you")

    def __len__(self):
        Hostile.calls.append("len")
        return 10**9

    def __getattr__(self, name):
        Hostile.calls.append("getattr " + name)
        time.sleep(3600)


class Veiled:
    @property
    def __dict__(self):
        Hostile.calls.append("dict")
        raise RuntimeError("no dict for you")


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self):
        self.left = 1


class Loud(dict):
    def __iter__(self):
        Hostile.calls.append("iter")
        raise RuntimeError("no items for you")

    items = keys = values = __len__ = __iter__


class WithProperty:
    def __init__(self):
        self.stored = 5

    @property
    def costly(self):
        Hostile.calls.append("property")
        return 7


Point = collections.namedtuple("Point", "x y")


async def show():
    number = 41
    text = "x" * 1000
    million = list(range(1_000_000))
    mapping = {"one": 1, 2: "two", (3,): None}
    cycle = []
    cycle.append(cycle)
    hostile = Hostile()
    veiled = Veiled()
    slotted = Slotted()
    loud = Loud(a=1)
    owner = WithProperty()
    point = Point(1, 2)
    huge = 1 << 100_000
    empty = ()
    await asyncio.Event().wait()  # hangs
    print(number, text, million, mapping, cycle, hostile, veiled, slotted, loud, owner, point, huge, empty)


async def answer(value):
    await asyncio.sleep(0.01)
    return value


async def main():
    task = asyncio.ensure_future(show())
    task.set_name("shown")
    lock = asyncio.Lock()

    async def enter(seconds):
        async with lock:
            await asyncio.sleep(seconds)

    for name in ("holder", "second", "third"):
        asyncio.ensure_future(enter(3600)).set_name(name)
        await asyncio.sleep(0)
    print("ready", flush=True)
    try:
        await task  # awaits shown
    except asyncio.CancelledError:
        print("cancelled", Hostile.calls, flush=True)


asyncio.run(main())
