"""A mailing that forgets to await what sends each letter, more often than is kept of such things."""

import asyncio


async def send(letter: int) -> None:
    """Send a letter, if only somebody awaited it."""
    await asyncio.sleep(0)


async def main() -> None:
    """Send all letters and wait for answers."""
    await asyncio.sleep(0.5)
    for letter in range(5000):
        send(letter)
    await asyncio.sleep(1)


asyncio.run(main())
