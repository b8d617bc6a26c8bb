"""How surely calls that keep the GIL are seen: `python gil.py [--rounds N] [--only CALL,…] [--busy N] [--record]`.

A generated program holds its loop many times, each time by a line of its own that calls into C and keeps the GIL, and
measures each call itself. Printed is how many of them the report has, on which line, and how long it says they took.
See README.md in this folder.
"""

from __future__ import annotations

import argparse
import collections
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

RUNTIME = Path(__file__).resolve().parents[2] / "runtime"
THRESHOLD_MS = 100
#: Calls that keep the GIL for all of some 150 ms, with the name the report is to give them.
CALLS = {
    "sum": ("sum(ITEMS)", "sum"),
    "sorted": ("sorted(NUMBERS)", "sorted"),
    "json.dumps": ("json.dumps(FLOATS)", "json.dumps"),
}
#: Where in the program the call stands: what is done before and after it.
SHAPES = ("alone", "last", "between", "two in a turn", "five in a turn", "busy loop", "callback")

_HEAD = '''
import asyncio, json, random, sys, time

BEGAN, ENDED = {}, {}
random.seed(7)


def fitted(make, call):
    """What keeps the call busy for 150 ms here."""
    size = 1000
    while True:
        items = make(size)
        start = time.thread_time()
        call(items)
        took = time.thread_time() - start
        if took > 0.1:
            return make(int(size * 0.15 / took))
        size *= 2


ITEMS = fitted(range, sum)
NUMBERS = fitted(lambda size: [random.random() for _ in range(size)], sorted)
FLOATS = fitted(lambda size: [random.random() for _ in range(size)], json.dumps)


def now():
    return time.monotonic(), time.thread_time()


def note(number):
    ENDED[number] = now()


async def spin(until):
    while time.monotonic() < until:
        await asyncio.sleep(0)


'''


#: By the number of a hold: seconds of the clock and of the thread's processor time.
Times = dict[str, tuple[float, float]]


class Program:
    """The source of a program, written line by line, and what is to be said of its marked lines."""

    def __init__(self) -> None:
        self.lines = _HEAD.strip().splitlines()
        self.holds: dict[int, tuple[str, str, int, str]] = {}
        self.steps: list[str] = []

    def add(self, text: str) -> None:
        """Adds lines as they are."""
        self.lines += text.splitlines()

    def hold(self, call: str, shape: str, is_async: bool = True) -> str:
        """Adds a function with one hold; returns its name."""
        number = len(self.holds)
        code, callee = CALLS[call]
        name = f"hold_{number}"
        self.add(f"\n\n{'async ' if is_async else ''}def {name}():")
        if shape == "last":
            self.add(f"    asyncio.get_running_loop().call_soon(note, {number})")
        if shape == "between":
            self.add("    here = random.random()")
        self.add(f"    BEGAN[{number}] = now()")
        self.add(f"    {code}")
        self.holds[number] = (call, shape, len(self.lines), callee)
        if shape != "last":
            self.add(f"    ENDED[{number}] = now()")
        if shape == "between":
            self.add("    here = [here] * 3\n    await asyncio.sleep(0)\n    here = sum(here)")
        return name

    def finish(self) -> str:
        """The whole source."""
        self.add("\n\nasync def main():")
        for step in self.steps:
            self.add(f"    await asyncio.sleep(random.uniform(0.002, 0.045))\n    {step}")
        self.add("\n\nasyncio.run(main())")
        self.add("json.dump([BEGAN, ENDED], open(sys.argv[1], 'w'))")
        return "\n".join(self.lines) + "\n"


def write_program(rounds: int, calls: list[str]) -> Program:
    """The program with these calls in every shape, as often as there are rounds."""
    program = Program()
    for _ in range(rounds):
        for call in calls:
            for shape in SHAPES:
                if shape in ("two in a turn", "five in a turn"):
                    count = 2 if shape.startswith("two") else 5
                    names = [program.hold(call, shape) for _ in range(count)]
                    program.steps.append(f"await asyncio.gather({', '.join(f'{name}()' for name in names)})")
                elif shape == "busy loop":
                    name = program.hold(call, shape)
                    spinning = "*(spin(time.monotonic() + random.uniform(0.02, 0.1)) for _ in range(50))"
                    program.steps.append(
                        f"busy = asyncio.gather({spinning}); await asyncio.sleep(0.01); await {name}(); await busy"
                    )
                elif shape == "callback":
                    name = program.hold(call, shape, is_async=False)
                    program.steps.append(f"asyncio.get_running_loop().call_soon({name}); await asyncio.sleep(0)")
                else:
                    program.steps.append(f"await asyncio.create_task({program.hold(call, shape)}())")
    return program


def _burn() -> None:
    while True:
        pass


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Keeps so many processors busy for the length of a `with`."""
    processes = [multiprocessing.Process(target=_burn, daemon=True) for _ in range(count)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def run(python: str, program: Program, folder: Path, options: list[str]) -> tuple[dict[str, Any], list[Times]]:
    """The report on the program, and what it measured itself."""
    source = folder / "program.py"
    source.write_text(program.finish(), encoding="utf-8")
    report, truth = folder / "report.json", folder / "truth.json"
    command = [python, "-m", "loopscope", "run", "--threshold", str(THRESHOLD_MS), "--report", str(report), *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LOOPSCOPE_", "PYTHON"))}
    environment["PYTHONPATH"] = str(RUNTIME)
    subprocess.run([*command, str(source), str(truth)], check=True, env=environment, cwd=folder)
    return json.loads(report.read_text()), json.loads(truth.read_text())


def judge(program: Program, report: dict[str, Any], truth: list[Times]) -> dict[str, Any]:
    """What became of each hold."""
    began, ended = truth
    by_line: dict[int, list[dict[str, Any]]] = collections.defaultdict(list)
    for block in report["blocking"]:
        if block["line"] is not None:
            by_line[block["line"]].append(block)
    holds: list[dict[str, Any]] = []
    for number, (call, shape, line, callee) in program.holds.items():
        real_ms, ran_ms = ((end - start) * 1000 for start, end in zip(began[str(number)], ended[str(number)]))
        mine = by_line.pop(line, [])
        if ran_ms < THRESHOLD_MS + 10:
            # Too short by itself: that it took longer is the machine's doing.
            continue
        counted = sum(block["count"] for block in mine)
        said_ms = sum(block["total_seconds"] for block in mine) * 1000
        holds.append(
            {
                "call": call,
                "shape": shape,
                "line": line,
                "real_ms": real_ms,
                "counted": counted,
                "error_ms": said_ms - real_ms if counted == 1 else None,
                "callee": bool(mine) and all(block["callee"] == callee for block in mine),
                "causes": sorted({block["cause"] for block in mine}),
            }
        )
    strangers = [block for blocks in by_line.values() for block in blocks]
    strangers += [block for block in report["blocking"] if block["line"] is None]
    return {"python": report["process"]["python"], "holds": holds, "strangers": strangers}


def table(result: dict[str, Any]) -> str:
    """The result of one interpreter as text."""
    holds = result["holds"]
    lines = [f"Python {result['python']}: calls that keep the GIL for 150 ms"]
    lines.append(f"{'':24}{'calls':>7}{'seen':>7}{'callee':>8}{'native':>8}   longer than it was, in ms")
    groups = [("all", holds)]
    groups += [(shape, [hold for hold in holds if hold["shape"] == shape]) for shape in SHAPES]
    groups += [(call, [hold for hold in holds if hold["call"] == call]) for call in CALLS]
    groups = [(name, group) for name, group in groups if group]
    for name, group in groups:
        errors = sorted(hold["error_ms"] for hold in group if hold["error_ms"] is not None)
        middle = statistics.median(errors) if errors else 0.0
        low, high = (errors[0], errors[-1]) if errors else (0.0, 0.0)
        seen = sum(hold["counted"] == 1 for hold in group)
        callee = sum(hold["callee"] for hold in group)
        native = sum(hold["causes"] == ["native"] for hold in group)
        lines.append(f"{name:24}{len(group):7}{seen:7}{callee:8}{native:8}   {middle:.1f} [{low:.1f} {high:.1f}]")
    for block in result["strangers"]:
        where = f"line {block['line']}" if block["line"] is not None else "no line"
        lines.append(
            f"said besides: {where}, {block['callee']}, {block['cause']}, {block['count']} times, "
            f"{block['max_seconds'] * 1000:.0f} ms"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures how surely calls that keep the GIL are seen.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of every call in every place (default: 3)")
    parser.add_argument("--only", default=",".join(CALLS), help=f"some of: {', '.join(CALLS)}")
    parser.add_argument(
        "--busy", type=int, default=0, help="processes that keep a processor busy meanwhile (default: 0)"
    )
    parser.add_argument("--record", action="store_true", help="write a recording too")
    parser.add_argument("--pythons", nargs="*", default=[], help="interpreters to measure in (default: this one)")
    parser.add_argument("--json", default=None, metavar="FILE", help="write what became of each call there")
    arguments = parser.parse_args()
    calls = [call.strip() for call in arguments.only.split(",")]
    unknown = [call for call in calls if call not in CALLS]
    if unknown:
        parser.error(f"there is no call '{unknown[0]}'; choose from {', '.join(CALLS)}")
    results: list[dict[str, Any]] = []
    for python in arguments.pythons or [sys.executable]:
        with tempfile.TemporaryDirectory() as folder, busy_processes(arguments.busy):
            options = ["--record", "recording.loopscope"] if arguments.record else []
            program = write_program(arguments.rounds, calls)
            result = judge(program, *run(python, program, Path(folder), options))
        results.append(result)
        print(table(result), end="\n\n", flush=True)
    if arguments.json is not None:
        Path(arguments.json).write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
