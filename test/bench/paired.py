"""Paired measurement: the same work under several configurations, in one process, one beside the other.

A machine that is busy with something else slows down all configurations of a round alike, so the ratios inside a round
are steadier than any figure alone. Times are processor time of the whole process (`time.process_time`), so that what a
watching thread uses counts as well.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "runtime"))

#: What the ratios are taken to.
WITHOUT = "without"
#: The same once more: how far from 1 its ratio lies is the noise of the measurement.
AGAIN = "again"
#: Under `loopscope.install()`.
WATCH = "watch"
#: The same at the level `trace`.
TRACE = "trace"
#: asyncio's own debug mode, without Loopscope.
DEBUG = "asyncio debug"
CONFIGURATIONS = (WITHOUT, AGAIN, WATCH, DEBUG)


@dataclass(frozen=True)
class Ratio:
    """A configuration's time divided by the time without Loopscope: median and quartiles over the rounds."""

    median: float
    low: float
    high: float


@contextlib.contextmanager
def configured(configuration: str) -> Iterator[None]:
    """Puts the runtime in for the length of a `with` if the configuration is one of its levels. May be used in a
    running loop."""
    if configuration not in (WATCH, TRACE):
        yield
        return
    import loopscope

    loopscope.install(level=configuration)
    try:
        yield
    finally:
        loopscope.uninstall()


def rotated(round_number: int) -> tuple[str, ...]:
    """The configurations of one round, in rotating order. Debug mode is slow: it has its turn in one round of four."""
    paired = CONFIGURATIONS if round_number % 4 == 1 else tuple(name for name in CONFIGURATIONS if name != DEBUG)
    first = round_number % len(paired)
    return paired[first:] + paired[:first]


class Rounds:
    """Collects the seconds that each configuration took, round by round; the first round warms up and is left out."""

    def __init__(self) -> None:
        self._seconds: dict[str, dict[int, float]] = {configuration: {} for configuration in CONFIGURATIONS}

    def add(self, round_number: int, configuration: str, seconds: float) -> None:
        """Takes the time of one configuration in one round."""
        if round_number > 0:
            self._seconds[configuration][round_number] = seconds

    def median_seconds(self, configuration: str) -> float:
        """The median over the rounds."""
        return statistics.median(self._seconds[configuration].values())

    def ratio(self, configuration: str) -> Ratio:
        """The ratio to the times without Loopscope, round by round."""
        base = self._seconds[WITHOUT]
        ratios = [seconds / base[round_number] for round_number, seconds in self._seconds[configuration].items()]
        if len(ratios) == 1:
            return Ratio(ratios[0], ratios[0], ratios[0])
        low, median, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return Ratio(median, low, high)


def asked_for(parser: argparse.ArgumentParser, arguments: argparse.Namespace, known: Sequence[str]) -> list[str]:
    """The benchmarks that `--only` names. Ends the program with a sentence where one is not known, or where `--rounds`
    are too few."""
    names = [name.strip() for name in arguments.only.split(",")]
    unknown = [name for name in names if name not in known]
    if unknown:
        parser.error(f"there is no benchmark '{unknown[0]}'; choose from {', '.join(known)}")
    if arguments.rounds < 2:
        parser.error("--rounds must be 2 or more, for there is no spread in fewer")
    return names


def measure(rounds: int, once: Callable[[str], float]) -> Rounds:
    """Calls `once(configuration)`, which returns seconds, for every configuration in every round."""
    measured = Rounds()
    for round_number in range(rounds + 1):
        for configuration in rotated(round_number):
            gc.collect()
            measured.add(round_number, configuration, once(configuration))
    return measured
