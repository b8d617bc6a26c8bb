"""Exchange rates from a bank that is sometimes too busy to answer."""

from __future__ import annotations

import itertools
import time

_calls = itertools.count(1)


class BankBusyError(Exception):
    """The bank asks to be called again later."""


def load_rates() -> dict[str, float]:
    """Asks the bank, and asks again after a pause while it is busy."""
    for pause in (0.25, 0.45):
        try:
            return _ask_bank()
        except BankBusyError:
            time.sleep(pause)
    return _ask_bank()


def _ask_bank() -> dict[str, float]:
    if next(_calls) % 5 in (1, 3, 4):
        raise BankBusyError
    return {"EUR": 1.0, "USD": 1.09, "GBP": 0.84}
