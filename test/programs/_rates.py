"""A helper module whose only function takes its time. Imported by `hidden_in_helper.py`."""

from __future__ import annotations

import time


def load_rates() -> dict[str, float]:
    """Pretends to read the rates from somewhere slow."""
    time.sleep(0.3)  # <- load
    return {"EUR": 1.0, "USD": 1.1}
