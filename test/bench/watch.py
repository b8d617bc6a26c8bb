"""What the `watch` level costs: `python watch.py [--rounds N] [--only NAME,…] [--pythons EXE …] [--json FILE]`.

Prints, for each interpreter, the ratio of processor time with and without Loopscope, from paired rounds in one process,
with asyncio's own debug mode beside it. See README.md in this folder for how to read the table.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import logging
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from paired import AGAIN, CONFIGURATIONS, DEBUG, WATCH, WITHOUT, Rounds, asked_for, configured, measure, rotated
from service import measure_service
from workloads import WORKLOADS, Workload, idle

SERVICE = "aiohttp service"
IDLE = "idle"
NAMES = (*WORKLOADS, SERVICE, IDLE)


def run_once(workload: Workload, configuration: str) -> float:
    """Runs a workload in a new loop; returns the processor seconds it took, without starting and ending the loop."""

    async def timed() -> float:
        start = time.process_time()
        await workload()
        return time.process_time() - start

    with configured(configuration):
        return asyncio.run(timed(), debug=configuration == DEBUG)


def row(name: str, measured: Rounds) -> dict[str, Any]:
    """One line of the table."""
    ratios = {}
    for configuration in CONFIGURATIONS[1:]:
        ratio = measured.ratio(configuration)
        ratios[configuration] = {"median": ratio.median, "low": ratio.low, "high": ratio.high}
    return {"name": name, "without_ms": measured.median_seconds(WITHOUT) * 1000, "ratios": ratios}


def idle_row(rounds: int) -> dict[str, Any]:
    """What a loop with nothing to do uses, in milliseconds of processor time a second."""
    start = time.perf_counter()
    measured = measure(rounds, functools.partial(run_once, idle))
    seconds = (time.perf_counter() - start) / sum(len(rotated(round_number)) for round_number in range(rounds + 1))
    used = {name: measured.median_seconds(name) * 1000 / seconds for name in CONFIGURATIONS}
    return {"name": IDLE, "ms_per_second": used}


def measure_here(rounds: int, names: list[str]) -> dict[str, Any]:
    """Measures what is asked for in this interpreter."""
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    rows: list[dict[str, Any]] = []
    missing: str | None = None
    for name in names:
        if name in WORKLOADS:
            rows.append(row(name, measure(rounds, functools.partial(run_once, WORKLOADS[name]))))
        elif name == IDLE:
            rows.append(idle_row(min(rounds, 5)))
        else:
            try:
                rows.append(row(name, asyncio.run(measure_service(rounds))))
            except ImportError as error:
                missing = f"{name}: not measured, {error}"
    machine = f"{platform.system()} {platform.machine()}"
    return {"python": platform.python_version(), "machine": machine, "rounds": rounds, "rows": rows, "missing": missing}


def measure_in(python: str, rounds: int, names: list[str]) -> dict[str, Any]:
    """Measures what is asked for in another interpreter, by starting this program there."""
    command = [python, str(Path(__file__).resolve()), "--rounds", str(rounds), "--only", ",".join(names), "--json", "-"]
    completed = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    results: list[dict[str, Any]] = json.loads(completed.stdout)
    return results[0]


def table(result: dict[str, Any]) -> str:
    """The result of one interpreter as text."""
    lines = [f"Python {result['python']}, {result['machine']}, {result['rounds']} rounds: ratio of processor time"]
    lines.append(f"{'':17}{'without':>10}   " + "".join(f"{name:24}" for name in (AGAIN, WATCH, DEBUG)))
    for line in result["rows"]:
        if "ratios" in line:
            ratios = "".join(
                f"{'{median:.3f} [{low:.3f} {high:.3f}]'.format(**line['ratios'][name]):24}"
                for name in (AGAIN, WATCH, DEBUG)
            )
            lines.append(f"{line['name']:17}{line['without_ms']:7.1f} ms   {ratios}")
        else:
            used = line["ms_per_second"]
            per_second = "".join(f"{f'{used[name]:.1f} ms/s':24}" for name in (AGAIN, WATCH, DEBUG))
            lines.append(f"{line['name']:17}{used[WITHOUT]:5.1f} ms/s   {per_second}")
    if result["missing"]:
        lines.append(result["missing"])
    return "\n".join(line.rstrip() for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what the watch level costs.")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of every configuration (default: 15)")
    parser.add_argument("--only", default=",".join(NAMES), help=f"some of: {', '.join(NAMES)}")
    parser.add_argument("--pythons", nargs="*", default=[], help="interpreters to measure in (default: this one)")
    parser.add_argument("--json", default=None, metavar="FILE", help="write the figures there; - is standard output")
    arguments = parser.parse_args()
    names = asked_for(parser, arguments, NAMES)

    results = []
    for python in arguments.pythons or [None]:
        result = measure_in(python, arguments.rounds, names) if python else measure_here(arguments.rounds, names)
        results.append(result)
        if arguments.json != "-":
            print(table(result), end="\n\n", flush=True)
    if arguments.json == "-":
        json.dump(results, sys.stdout, indent=2)
    elif arguments.json is not None:
        Path(arguments.json).write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
