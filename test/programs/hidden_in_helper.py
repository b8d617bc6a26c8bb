# loopscope: blocks file=_rates.py line=load callee=time.sleep cause=sleep count=3 max-seconds=0.3.. victims=1..
# loopscope: exit 0
"""The blocking call hides in a helper module, three calls away from the coroutine, and keeps other tasks waiting."""

from __future__ import annotations

import asyncio

from _rates import load_rates


def convert(amount: float, currency: str) -> float:
    return round(amount * load_rates()[currency], 2)


def invoice(amount: float) -> str:
    return f"{convert(amount, 'USD')} USD"


async def bill(amount: float) -> None:
    await asyncio.sleep(0.05)
    print(invoice(amount))


async def tick(stop: asyncio.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(0.01)


async def main() -> None:
    stop = asyncio.Event()
    ticker = asyncio.create_task(tick(stop), name="ticker")
    for amount in (10.0, 20.0, 30.0):
        await asyncio.create_task(bill(amount), name=f"bill {amount}")
        await asyncio.sleep(0.05)
    stop.set()
    await ticker


if __name__ == "__main__":
    asyncio.run(main())
