"""A warehouse that answers orders until a look at the stock holds its loop: idle, blocked, ended."""

import asyncio
import time


class Warehouse:
    """Orders come in through a queue; pickers share one trolley."""

    def __init__(self) -> None:
        self.orders: asyncio.Queue[int] = asyncio.Queue()
        self.trolley = asyncio.Lock()
        self.closing = asyncio.Event()

    async def pick(self) -> None:
        """Take order after order."""
        while True:
            await self.orders.get()
            async with self.trolley:
                await asyncio.sleep(0.25)

    async def count(self) -> None:
        """Count the stock, which holds the loop."""
        await asyncio.sleep(1.2)
        self.look_at_shelves()
        await self.closing.wait()

    def look_at_shelves(self) -> None:
        """Stand still on the loop, as a call that waits does."""
        time.sleep(0.6)

    async def weigh(self) -> None:
        """Let a thread do what takes long."""
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, 1.6)


async def main() -> None:
    """Open, take orders, close."""
    warehouse = Warehouse()
    tasks = [asyncio.create_task(warehouse.pick(), name=f"picker-{number}") for number in range(3)]
    tasks.append(asyncio.create_task(warehouse.count(), name="stocktaking"))
    tasks.append(asyncio.create_task(warehouse.weigh(), name="scales"))
    for order in range(4):
        warehouse.orders.put_nowait(order)
    await asyncio.sleep(2.6)
    warehouse.closing.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


asyncio.run(main())
