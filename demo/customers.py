"""The customers: each has a connection of their own to the shop."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from shop import PRICES


async def shop_for_ever(name: str, address: Any) -> None:
    """Orders tea, waits for the receipt, drinks, and orders again."""
    chance = random.Random(name)
    reader, writer = await asyncio.open_connection(*address)
    try:
        while True:
            await asyncio.sleep(chance.choice((0.1, 0.2, 0.3, 0.5)))
            writer.write(f"{name},{chance.choice(list(PRICES))},{chance.randint(1, 3)}\n".encode())
            await writer.drain()
            if not await reader.readline():
                return
    finally:
        writer.close()
