"""The shop: what it shares between its tasks, and the tasks that keep it going."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field

import paperwork
import pricing

PRICES = {"assam": 2.40, "darjeeling": 3.10, "earl grey": 2.80, "sencha": 3.60}


@dataclass
class Order:
    """What a customer asked for, and where the packer leaves the receipt."""

    number: int
    tea: str
    pots: int
    receipt: asyncio.Future[str]


@dataclass
class Shop:
    """Takes orders, packs them, and does the paperwork in threads and in a process of its own."""

    ledger: ProcessPoolExecutor
    orders: asyncio.Queue[Order] = field(default_factory=lambda: asyncio.Queue(maxsize=8))
    doors_open: asyncio.Event = field(default_factory=asyncio.Event)
    counter: asyncio.Lock = field(default_factory=asyncio.Lock)
    scales: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    delivered: asyncio.Condition = field(default_factory=asyncio.Condition)
    printers: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max_workers=2, thread_name_prefix="receipts")
    )
    stock: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PRICES, 6))
    rates: dict[str, float] = field(default_factory=lambda: {"EUR": 1.0})
    totals: list[float] = field(default_factory=list)
    counters: set[asyncio.Task[object]] = field(default_factory=set)
    receipts: set[asyncio.Future[str]] = field(default_factory=set)
    taken: int = 0
    sold: int = 0
    takings: float = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talks to one customer: an order a line, a receipt a line."""
        task = asyncio.current_task()
        assert task is not None
        self.counters.add(task)
        await self.doors_open.wait()
        with contextlib.suppress(ConnectionError):
            while line := (await reader.readline()).decode().strip():
                name, tea, pots = line.split(",")
                task.set_name(f"counter for {name}")
                self.taken += 1
                order = Order(self.taken, tea, int(pots), asyncio.get_running_loop().create_future())
                self.receipts.add(order.receipt)
                await self.orders.put(order)
                writer.write(f"{await order.receipt}\n".encode())
                await writer.drain()
        self.counters.discard(task)
        writer.close()

    async def pack(self) -> None:
        """Takes orders off the queue, weighs the tea, has the receipt printed."""
        loop = asyncio.get_running_loop()
        while True:
            order = await self.orders.get()
            await self._take_from_stock(order)
            async with self.scales:
                await asyncio.sleep(0.08 * order.pots)
            total = PRICES[order.tea] * order.pots * self.rates["EUR"]
            receipt = await loop.run_in_executor(
                self.printers, paperwork.print_receipt, order.number, order.tea, order.pots, total
            )
            async with self.counter:
                await asyncio.sleep(0.03)
                self.sold += 1
                self.takings += total
                self.totals.append(total)
            self.receipts.discard(order.receipt)
            order.receipt.set_result(receipt)
            if self.sold % 10 == 0:
                print(f"{self.sold} orders, {self.takings:.2f} EUR so far.", flush=True)

    async def _take_from_stock(self, order: Order) -> None:
        async with self.delivered:
            await self.delivered.wait_for(lambda: self.stock[order.tea] >= order.pots)
            self.stock[order.tea] -= order.pots

    async def restock(self) -> None:
        """A delivery every second and a half; whoever waits for tea is told."""
        while True:
            await asyncio.sleep(1.5)
            async with self.delivered:
                for tea in self.stock:
                    self.stock[tea] = min(self.stock[tea] + 4, 12)
                self.delivered.notify_all()

    async def refresh_rates(self) -> None:
        """Asks for the exchange rates again and again. The mistake of this program is on this path."""
        await asyncio.sleep(1.0)
        while True:
            self.rates = pricing.load_rates()
            await asyncio.sleep(1.2)

    async def keep_books(self) -> None:
        """Adds up the takings in the ledger's process."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(2.0)
            await loop.run_in_executor(self.ledger, paperwork.add_up, list(self.totals[-200:]))

    async def back_up(self) -> None:
        """Writes the stock to a file, in a thread of the loop's default executor."""
        while True:
            await asyncio.to_thread(paperwork.back_up, dict(self.stock))
            await asyncio.sleep(0.7)

    async def sweep(self, closing: asyncio.Event) -> None:
        """Has nothing to do until closing time."""
        await closing.wait()

    async def close(self) -> None:
        """Tells the last customers that it is too late, and waits for what is still in the printers."""
        for receipt in self.receipts:
            if not receipt.done():
                receipt.set_result("closed")
        if self.counters:
            await asyncio.wait(self.counters)
        await asyncio.to_thread(self.printers.shutdown)
