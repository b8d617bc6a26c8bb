"""A bakery with two ovens and more loaves than they hold, while the dough is kneaded on the loop."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor


def bake(loaf: int) -> int:
    """Take an oven for a while; the second loaf burns."""
    time.sleep(1.5)
    if loaf == 2:
        raise ValueError("burnt")
    return loaf


async def knead() -> None:
    """Keep the loop busy for a third of the time, never for long at once."""
    while True:
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            pass
        await asyncio.sleep(0.04)


async def main() -> None:
    """Bake five loaves of which the last is not wanted any more, rest, and bake one."""
    loop = asyncio.get_running_loop()
    kneading = asyncio.create_task(knead(), name="knead")
    with ThreadPoolExecutor(2, thread_name_prefix="oven") as ovens:
        loaves = [loop.run_in_executor(ovens, bake, loaf) for loaf in range(1, 6)]
        await asyncio.sleep(0.3)
        loaves[-1].cancel()
        await asyncio.gather(*loaves, return_exceptions=True)
        await asyncio.sleep(6)
        await loop.run_in_executor(ovens, bake, 6)
    kneading.cancel()


asyncio.run(main())
