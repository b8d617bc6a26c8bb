"""What the `trace` level costs: `python trace.py [--rounds N] [--only NAME,…] [--pythons EXE …]`.

Prints, for each interpreter, the ratio of processor time at `watch` and at `trace` to that without, from paired
rounds in one process; what the watching thread uses counts as well. See README.md in this folder for how to read it.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import platform
import subprocess
import sys
import time
from pathlib import Path

import paired
from paired import AGAIN, TRACE, WATCH, WITHOUT, Rounds, asked_for, configured, measure
from service import measure_service
from workloads import WORKLOADS, Workload

SERVICE = "aiohttp service"
ON_UVLOOP = "service on uvloop"
SHOWN = (AGAIN, WATCH, TRACE)
NAMES = (*WORKLOADS, SERVICE, ON_UVLOOP)
#: What is wanted at most, by the name of the workload.
WANTED = {"task switch": 1.35, SERVICE: 1.10, ON_UVLOOP: 1.15}


def run_once(workload: Workload, configuration: str) -> float:
    """Runs a workload in a new loop; returns the processor seconds it took, without starting and ending the loop."""

    async def timed() -> float:
        start = time.process_time()
        await workload()
        # What was logged last is worked off when the watching thread next sees to its chores, five times a second.
        await asyncio.sleep(0.25)
        return time.process_time() - start

    with configured(configuration):
        return asyncio.run(timed())


def measure_on_uvloop(rounds: int) -> Rounds:
    """The service in a loop of uvloop. Raises `ImportError` without uvloop, and where its steps cannot be seen."""
    import uvloop

    if sys.version_info < (3, 12):
        raise ImportError("steps on uvloop are seen from Python 3.12 on")
    return uvloop.run(measure_service(rounds))


def line(name: str, measured: Rounds) -> str:
    """One line of the table."""
    cells = []
    for configuration in SHOWN:
        ratio = measured.ratio(configuration)
        cells.append(f"{f'{ratio.median:.3f} [{ratio.low:.3f} {ratio.high:.3f}]':24}")
    wanted = f"wanted {WANTED[name]}" if name in WANTED else ""
    return f"{name:17}{measured.median_seconds(WITHOUT) * 1000:7.1f} ms   {''.join(cells)}{wanted}".rstrip()


def measure_here(rounds: int, names: list[str]) -> None:
    """Measures and prints what is asked for, in this interpreter."""
    paired.CONFIGURATIONS = (WITHOUT, AGAIN, WATCH, TRACE)
    print(f"Python {platform.python_version()}, {platform.machine()}, {rounds} rounds: ratio of processor time")
    print(f"{'':17}{'without':>10}   " + "".join(f"{name:24}" for name in SHOWN).rstrip(), flush=True)
    for name in names:
        try:
            if name == SERVICE:
                measured = asyncio.run(measure_service(rounds))
            elif name == ON_UVLOOP:
                measured = measure_on_uvloop(rounds)
            else:
                measured = measure(rounds, functools.partial(run_once, WORKLOADS[name]))
        except ImportError as error:
            print(f"{name}: not measured, {error}", flush=True)
        else:
            print(line(name, measured), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what the trace level costs.")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of every configuration (default: 15)")
    parser.add_argument("--only", default=",".join(NAMES), help=f"some of: {', '.join(NAMES)}")
    parser.add_argument("--pythons", nargs="*", default=[], help="interpreters to measure in (default: this one)")
    arguments = parser.parse_args()
    names = asked_for(parser, arguments, NAMES)
    for python in arguments.pythons:
        command = [python, str(Path(__file__).resolve()), "--rounds", str(arguments.rounds), "--only", ",".join(names)]
        subprocess.run(command, check=True)
    if not arguments.pythons:
        measure_here(arguments.rounds, names)


if __name__ == "__main__":
    main()
