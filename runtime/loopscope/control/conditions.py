"""When a breakpoint counts: its condition and how often it was hit."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Optional

_HIT_COUNT = re.compile(r"\s*(>=|>|==|=|<=|<|%)?\s*(\d{1,9})\s*")


class HitCountError(Exception):
    """Says in a sentence what is wrong with a hit count."""


def read_hit_count(text: Optional[str]) -> Callable[[int], bool]:
    """What decides by the number of a hit, counted from 1. Raises HitCountError."""
    if text is None or not text.strip():
        return lambda hits: True
    match = _HIT_COUNT.fullmatch(text)
    if match is None:
        raise HitCountError(f"The hit count {text[:50]!r} is not understood; write 5, >=5, <5 or %5.")
    operator, number = match.group(1) or "==", int(match.group(2))
    if operator == "%":
        if number == 0:
            raise HitCountError("The hit count %0 would never be reached; write %5 for every fifth hit.")
        return lambda hits: hits % number == 0
    comparisons: dict[str, Callable[[int], bool]] = {
        "==": lambda hits: hits == number,
        "=": lambda hits: hits == number,
        ">=": lambda hits: hits >= number,
        ">": lambda hits: hits > number,
        "<=": lambda hits: hits <= number,
        "<": lambda hits: hits < number,
    }
    return comparisons[operator]
