"""Durations summed up in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import repeat
from math import log2
from operator import mul
from typing import Any

# 32 buckets to a doubling: two neighbouring buckets are 2.2 % apart.
_BUCKETS_PER_DOUBLING = 32


class Spread:
    """A histogram of durations in nanoseconds: quantiles within 1.1 %, the largest exact, at most some 2,000 buckets.

    Written by one thread; reading from another may miss the newest value.
    """

    __slots__ = ("_buckets", "count", "max_ns")

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0
        self.max_ns = 0

    def add(self, duration_ns: int) -> None:
        """Count one duration; a negative one counts as one nanosecond."""
        self.add_all((duration_ns,))

    def add_all(self, durations_ns: Iterable[int]) -> None:
        """Count many durations at once, in C."""
        durations = list(map(max, durations_ns, repeat(1)))
        if durations:
            self._buckets.update(map(int, map(mul, map(log2, durations), repeat(_BUCKETS_PER_DOUBLING))))
            self.count += len(durations)
            self.max_ns = max(self.max_ns, *durations)

    def quantile_ns(self, fraction: float) -> int:
        """The duration below which `fraction` of the values lie; 0 when there are none."""
        if not self.count:
            return 0
        rank = fraction * (self.count - 1)
        seen = 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen > rank:
                return min(self.max_ns, int(2 ** ((bucket + 0.5) / _BUCKETS_PER_DOUBLING)))
        return self.max_ns

    def record(self) -> dict[str, Any]:
        """The `Spread` record of the protocol, in milliseconds."""
        if not self.count:
            return {"p50": None, "max": None}
        return {"p50": milliseconds(self.quantile_ns(0.5)), "max": milliseconds(self.max_ns)}

    def lag_record(self) -> dict[str, Any]:
        """The `Lag` record of the protocol, in milliseconds."""
        return {
            "p50": milliseconds(self.quantile_ns(0.5)),
            "p99": milliseconds(self.quantile_ns(0.99)),
            "max": milliseconds(self.max_ns),
            "count": self.count,
        }


def milliseconds(nanoseconds: int) -> float:
    """Nanoseconds as milliseconds with microsecond digits."""
    return round(nanoseconds / 1e6, 3)
