"""Every shape that the steps of a task can have: coroutines, each to be the one of a task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Callable


async def spin(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def nests() -> None:
    await spin(3)
    await nests_deeper()
    await spin(1)


async def nests_deeper() -> None:
    await spin(2)
    await asyncio.sleep(0.001)


async def recurs(depth: int) -> None:
    await asyncio.sleep(0)
    if depth:
        await recurs(depth - 1)
    await asyncio.sleep(0)


async def absorbs(depth: int) -> None:
    if depth:
        await absorbs(depth - 1)
        return
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.sleep(0)
    await asyncio.sleep(0)


async def absorbs_below() -> None:
    await absorbs(0)
    await asyncio.sleep(0)


async def cleans_up() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await spin(2)


async def fails() -> None:
    await spin(2)
    raise ValueError("mine")


async def catches() -> None:
    for _ in range(3):
        try:
            await asyncio.ensure_future(fails())
        except ValueError:
            await asyncio.sleep(0)


async def times_out() -> None:
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.001)
    except asyncio.TimeoutError:
        await asyncio.sleep(0)


async def numbers() -> AsyncIterator[int]:
    for number in range(3):
        await asyncio.sleep(0)
        yield number


async def generates() -> None:
    async for _ in numbers():
        await asyncio.sleep(0)


async def drives_by_hand() -> None:
    for coroutine in (spin(2), drives_nothing(2)):
        try:
            while True:
                coroutine.send(None)
        except StopIteration:
            pass
    await asyncio.sleep(0)


async def drives_nothing(count: int) -> None:
    await spin(count)


async def offloads() -> None:
    await asyncio.get_running_loop().run_in_executor(None, int)


SHAPES: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
    "spin": lambda: spin(5),
    "nests": nests,
    "recurs": lambda: recurs(3),
    "absorbs": lambda: absorbs(0),
    "absorbs, recursive": lambda: absorbs(2),
    "absorbs below": absorbs_below,
    "cleans up": cleans_up,
    "fails": fails,
    "catches": catches,
    "times out": times_out,
    "generates": generates,
    "drives by hand": drives_by_hand,
    "drives nothing": lambda: drives_nothing(2),
    "offloads": offloads,
}
