# loopscope: no blocks
# loopscope: executor type=ThreadPoolExecutor submitted=3 completed=3 offloads=submit
# loopscope: exit 0
"""A decorator makes a blocking function awaitable by `run_in_executor`."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Awaitable
from typing import Any, Callable


def sync_to_async(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Runs the function on the default executor."""

    @functools.wraps(function)
    async def offloaded(*arguments: Any, **keywords: Any) -> Any:
        call = functools.partial(function, *arguments, **keywords)
        return await asyncio.get_running_loop().run_in_executor(None, call)  # <- submit

    return offloaded


@sync_to_async
def read_ledger(page: int) -> str:
    time.sleep(0.4)
    return f"page {page}"


async def main() -> None:
    print(await asyncio.gather(*(read_ledger(page) for page in range(3))))


if __name__ == "__main__":
    asyncio.run(main())
