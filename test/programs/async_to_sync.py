# loopscope: no blocks
# loopscope: loops count=2..
# loopscope: exit 0
"""A decorator makes a coroutine function callable from plain code by `run_until_complete`: a new loop for each call."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Coroutine
from typing import Any, Callable


def async_to_sync(function: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Runs the coroutine on a loop of its own and closes it."""

    @functools.wraps(function)
    def synchronous(*arguments: Any, **keywords: Any) -> Any:
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(function(*arguments, **keywords))
        finally:
            loop.close()

    return synchronous


@async_to_sync
async def greet(name: str) -> str:
    await asyncio.sleep(0.4)
    return f"hello {name}"


def main() -> None:
    for name in ("Ada", "Grace"):
        print(greet(name))


if __name__ == "__main__":
    main()
