# loopscope: no blocks
# loopscope: tasks failed=1 alive=0
# loopscope: exit 1
"""The main coroutine raises: the traceback and the code are Python's own."""

from __future__ import annotations

import asyncio


async def main() -> None:
    await asyncio.sleep(0.5)
    print("about to fail")
    raise LookupError("no such order")


if __name__ == "__main__":
    asyncio.run(main())
