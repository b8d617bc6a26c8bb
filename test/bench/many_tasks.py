"""What 100,000 tasks that wait cost: `python many_tasks.py [--tasks N] [--seconds S] [--pythons EXE …]`.

Prints, for each interpreter, the memory of the process with Loopscope over without it, by task, and for how long at a
stretch the loop was kept from turning while a viewer-like sink (a recording) is told of every task. See README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

RUNTIME = Path(__file__).resolve().parents[2] / "runtime"
# Runs in a process of its own: makes the tasks, then turns its loop and notes the stretches between two turns.
CHILD = """
import asyncio, json, os, sys, time

tasks, seconds, file = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def main():
    event = asyncio.Event()
    before = resident()
    kept = [asyncio.create_task(event.wait()) for _ in range(tasks)]
    await asyncio.sleep(1)
    idle = resident() - before
    gaps = []
    end = time.perf_counter() + seconds
    last = time.perf_counter()
    while last < end:
        await asyncio.sleep(0)
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
    told = resident() - before
    gaps.sort()
    with open(file, "w") as out:
        json.dump({"idle": idle, "told": told, "longest": gaps[-1], "long": [g for g in gaps if g > 5e-4]}, out)
    event.set()
    await asyncio.wait(kept)


asyncio.run(main())
"""
# What stands before the program on the command line.
WAYS: dict[str, list[str]] = {
    "without": [],
    "watch": ["-m", "loopscope", "run"],
    "told of every task": ["-m", "loopscope", "run", "--record", os.devnull],
}


def measure(python: str, way: str, tasks: int, seconds: float) -> dict[str, Any]:
    """One run of the child."""
    with tempfile.TemporaryDirectory() as folder:
        program, result = Path(folder, "child.py"), Path(folder, "result.json")
        program.write_text(CHILD, encoding="utf-8")
        options = [option.replace(os.devnull, str(Path(folder, "recording"))) for option in WAYS[way]]
        command = [python, *options, str(program), str(tasks), str(seconds), str(result)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(RUNTIME)})
        measured: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return measured


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description="What many tasks that wait cost under Loopscope.")
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long the loop's stretches are noted")
    parser.add_argument("--pythons", nargs="+", default=[sys.executable], metavar="PYTHON")
    options = parser.parse_args()
    for python in options.pythons:
        print(subprocess.run([python, "-V"], capture_output=True, text=True).stdout.strip(), f"{options.tasks:,} tasks")
        without: dict[str, Any] = {}
        for way in WAYS:
            measured = measure(python, way, options.tasks, options.seconds)
            without = without or measured
            long = measured["long"]
            p99 = long[int(0.99 * (len(long) - 1))] if long else 0.0
            idle, later = ((measured[when] - without[when]) / options.tasks for when in ("idle", "told"))
            print(
                f"  {way:20} bytes a task: {idle:+.0f}, {later:+.0f} later; stretches over 0.5 ms: {len(long)}, "
                f"p99 {1000 * p99:.1f} ms, longest {1000 * measured['longest']:.1f} ms"
            )


if __name__ == "__main__":
    main()
