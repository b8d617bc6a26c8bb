# loopscope: blocks line=sum callee=sum|builtins.sum cause=native count=2 max-seconds=0.15..
# loopscope: exit 0
"""A call into C keeps the GIL for its whole length, so no other thread can look while it runs; and one comes right
after the other, in two tasks that run in the same turn of the loop."""

from __future__ import annotations

import asyncio


async def add() -> int:
    total = sum(range(25_000_000))  # <- sum
    await asyncio.sleep(0.05)
    return total


async def main() -> None:
    print(*await asyncio.gather(add(), add()))


if __name__ == "__main__":
    asyncio.run(main())
