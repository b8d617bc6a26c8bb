# loopscope: no blocks
# loopscope: exit 7
"""A coroutine ends the program with a code of its own."""

from __future__ import annotations

import asyncio
import sys


async def main() -> None:
    await asyncio.sleep(0.5)
    print("leaving")
    sys.exit(7)


if __name__ == "__main__":
    asyncio.run(main())
