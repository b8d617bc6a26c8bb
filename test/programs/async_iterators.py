# loopscope: no blocks
# loopscope: exit 0
"""Async iterators, async generators and async context managers that await what they wait for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Ticker:
    """Counts up to a limit, a tenth of a second a tick."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0

    def __aiter__(self) -> Ticker:
        return self

    async def __anext__(self) -> int:
        if self._count == self._limit:
            raise StopAsyncIteration
        await asyncio.sleep(0.1)
        self._count += 1
        return self._count


async def letters(text: str) -> AsyncIterator[str]:
    for letter in text:
        await asyncio.sleep(0.1)
        yield letter


@contextlib.asynccontextmanager
async def session(name: str) -> AsyncIterator[str]:
    await asyncio.sleep(0.1)
    try:
        yield name
    finally:
        await asyncio.sleep(0.1)


async def main() -> None:
    async with session("ledger") as name:
        print(name, [tick async for tick in Ticker(3)])
    async for letter in letters("loop"):
        print(letter)


if __name__ == "__main__":
    asyncio.run(main())
