"""Slow but honest work: every function here is meant for an executor, not for the loop."""

from __future__ import annotations

import json
import signal
import tempfile
import time


def leave_interrupts_to_the_shop() -> None:
    """For the ledger's process: Ctrl+C is meant for the shop, which closes the ledger itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def print_receipt(number: int, tea: str, pots: int, total: float) -> str:
    """Keeps the printer busy for a moment and returns what it printed."""
    time.sleep(0.12)
    return f"{number}: {pots} x {tea}, {total:.2f} EUR"


def add_up(totals: list[float]) -> float:
    """Adds up the takings, compounded often enough to take the processor a while."""
    amount = 0.0
    for _ in range(2000):
        for total in totals:
            amount = (amount + total) * 0.999
    return amount


def back_up(stock: dict[str, int]) -> int:
    """Writes the stock to a temporary file, slowly; returns how many characters it wrote."""
    text = json.dumps(stock)
    with tempfile.TemporaryFile("w+") as file:
        for character in text:
            file.write(character)
            time.sleep(0.005)
    return len(text)
