"""A tea shop that takes orders over TCP: the program that `npm start` puts under inspection.

Everything in it waits the asyncio way, but for one line: the exchange rates come through `pricing.py`, whose polite
way of trying again holds the loop, so that every customer waits with it.
"""

from __future__ import annotations

import argparse
import asyncio
from concurrent.futures import ProcessPoolExecutor

import paperwork
from customers import shop_for_ever
from shop import Shop

CUSTOMERS = ("Ada", "Barbara", "Edsger", "Frances", "Grace", "Katherine")
PACKERS = 3


async def run(ledger: ProcessPoolExecutor, seconds: float | None) -> None:
    """Opens the shop and keeps it open for so many seconds, or until it is interrupted."""
    this_task = asyncio.current_task()
    assert this_task is not None
    this_task.set_name("tea shop")
    shop = Shop(ledger)
    server = await asyncio.start_server(shop.serve, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    print(f"The tea shop is open on {address[0]}:{address[1]}.", flush=True)

    closing = asyncio.Event()
    tasks = [
        asyncio.create_task(shop.refresh_rates(), name="exchange rates"),
        asyncio.create_task(shop.restock(), name="supplier"),
        asyncio.create_task(shop.keep_books(), name="bookkeeper"),
        asyncio.create_task(shop.back_up(), name="backup"),
        asyncio.create_task(shop.sweep(closing), name="sweeper"),
    ]
    tasks += [asyncio.create_task(shop.pack(), name=f"packer {number + 1}") for number in range(PACKERS)]
    tasks += [asyncio.create_task(shop_for_ever(name, address), name=f"customer {name}") for name in CUSTOMERS]
    shop.doors_open.set()
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        closing.set()
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        server.close()
        await shop.close()
    for result in results:
        if isinstance(result, Exception):
            raise result
    print(f"The tea shop is closed: {shop.sold} orders for {shop.takings:.2f} EUR.", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="A tea shop with one slow line in it.")
    parser.add_argument("--seconds", type=float, default=None, help="close after so many seconds (default: never)")
    arguments = parser.parse_args()
    with ProcessPoolExecutor(max_workers=1, initializer=paperwork.leave_interrupts_to_the_shop) as ledger:
        ledger.submit(paperwork.add_up, []).result()  # starts the worker before there is a loop to hold up
        try:
            asyncio.run(run(ledger, arguments.seconds))
        except KeyboardInterrupt:
            print("The tea shop is closed early.", flush=True)


if __name__ == "__main__":
    main()
