"""Two transfers of which each holds the account that the other wants: a deadlock, until somebody gives up."""

import asyncio


async def transfer(source: asyncio.Lock, target: asyncio.Lock) -> None:
    """Lock one account, then the other."""
    async with source:
        await asyncio.sleep(0.1)
        async with target:
            pass


async def report(transfers: "list[asyncio.Task[None]]") -> None:
    """Wait until all is booked."""
    await asyncio.gather(*transfers)


async def main() -> None:
    """Begin both at once, and give up after a while."""
    savings, wages = asyncio.Lock(), asyncio.Lock()
    transfers = [
        asyncio.create_task(transfer(savings, wages), name="rent"),
        asyncio.create_task(transfer(wages, savings), name="saving"),
    ]
    booked = asyncio.create_task(report(transfers), name="report")
    await asyncio.wait([booked], timeout=3.5)
    booked.cancel()
    await asyncio.gather(booked, *transfers, return_exceptions=True)


asyncio.run(main())
