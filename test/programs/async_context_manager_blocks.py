# loopscope: blocks line=enter callee=time.sleep cause=sleep count=2 max-seconds=0.25..
# loopscope: blocks line=next callee=time.sleep cause=sleep count=2 max-seconds=0.3..
# loopscope: exit 0
"""`__aenter__` of a context manager and `__anext__` of an iterator hold the loop behind their caller's back."""

from __future__ import annotations

import asyncio
import time


class Connection:
    """Connects the slow way, then hands out two rows."""

    def __init__(self) -> None:
        self._rows = ["first", "second"]

    async def __aenter__(self) -> Connection:
        time.sleep(0.25)  # <- enter
        return self

    async def __aexit__(self, *details: object) -> None:
        await asyncio.sleep(0.01)

    def __aiter__(self) -> Connection:
        return self

    async def __anext__(self) -> str:
        if not self._rows:
            raise StopAsyncIteration
        await asyncio.sleep(0.01)
        time.sleep(0.3)  # <- next
        return self._rows.pop(0)


async def main() -> None:
    async with Connection():
        await asyncio.sleep(0.01)
    async with Connection() as connection:
        async for row in connection:
            print(row)


if __name__ == "__main__":
    asyncio.run(main())
