"""Runs CPython's own tests of asyncio alone and under Loopscope, and says which end otherwise.

    python test/conformance/asyncio_suite.py [--pythons PYTHON ...] [--modules test_locks,test_tasks]
        [--level watch|trace]

Each module runs in a process of its own, both ways. A test whose end differs runs some more times by itself: it counts
as a difference when it never ends under Loopscope as it does alone, and is listed as unstable otherwise. Exits with 0
when nothing differs, with 1 when something does, and with 2 when an interpreter brings no tests of asyncio.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Optional

HERE = Path(__file__).resolve().parent
RUNTIME = HERE.parent.parent / "runtime"
RUNNER = HERE / "one_module.py"
LONGEST_MODULE_SECONDS = 900
REPEATS = 3
# The end of every test of a module that ended before its tests did.
BROKEN_OFF = "did not end"

Outcomes = dict[str, str]


class Interpreter:
    """One Python, and how its tests end."""

    def __init__(self, python: str, level: str, folder: Path) -> None:
        self.python = python
        self.level = level
        self._folder = folder

    def version(self) -> str:
        """As in `3.12.1`."""
        return self._say("import platform; print(platform.python_version())")

    def modules(self) -> list[str]:
        """The modules of `test.test_asyncio`, none when the interpreter comes without."""
        found = self._say(
            "import importlib.util, os; spec = importlib.util.find_spec('test.test_asyncio'); "
            "print(*(os.listdir(os.path.dirname(spec.origin)) if spec else ()))"
        )
        return sorted(name[:-3] for name in found.split() if name.startswith("test_") and name.endswith(".py"))

    def _say(self, source: str) -> str:
        done = subprocess.run([self.python, "-c", source], capture_output=True, text=True)
        return done.stdout.strip()

    def run(self, module: str, under: bool, *tests: str) -> Outcomes:
        """How the tests of a module end, alone or under Loopscope."""
        file = self._folder / "outcomes.json"
        file.unlink(missing_ok=True)
        command = [self.python, "-W", "ignore"]
        if under:
            command += ["-m", "loopscope", "run", "--level", self.level, "--report", os.devnull]
        command += [str(RUNNER), f"test.test_asyncio.{module}", str(file), *tests]
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("LOOPSCOPE_", "PYTHON"))
        }
        environment["PYTHONPATH"] = str(RUNTIME)
        ended = ""
        try:
            done = subprocess.run(
                command,
                env=environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=LONGEST_MODULE_SECONDS,
            )
            ended = done.stderr.decode(errors="replace").strip()[-2000:]
        except subprocess.TimeoutExpired:
            ended = f"not done after {LONGEST_MODULE_SECONDS} s"
        if not file.is_file():
            print(f"  {module} {'under Loopscope' if under else 'alone'} broke off: {ended}", flush=True)
            return {f"test.test_asyncio.{module}": BROKEN_OFF}
        outcomes: Outcomes = json.loads(file.read_text(encoding="utf-8"))
        return outcomes

    def compare(self, module: str) -> tuple[int, list[str], list[str]]:
        """The number of tests of a module, the differences and the unstable ones, each as a sentence."""
        alone, under = self.run(module, False), self.run(module, True)
        differences, unstable = [], []
        for test in sorted(alone.keys() | under.keys()):
            one, other = alone.get(test), under.get(test)
            if one == other:
                continue
            if self._may_end_alike(module, test, one):
                unstable.append(
                    f"{test}: {one or 'not run'} alone, {other or 'not run'} under Loopscope, not every time"
                )
            else:
                differences.append(f"{test}: {one or 'not run'} alone, {other or 'not run'} under Loopscope")
        return len(alone), differences, unstable

    def _may_end_alike(self, module: str, test: str, wanted: Optional[str]) -> bool:
        alone = {self.run(module, False, test).get(test) for _ in range(REPEATS)} | {wanted}
        return any(self.run(module, True, test).get(test) in alone for _ in range(REPEATS))


def main() -> int:
    """Compare what the command line names."""
    parser = argparse.ArgumentParser(description="CPython's own tests of asyncio, alone and under Loopscope.")
    parser.add_argument("--pythons", nargs="+", default=[sys.executable], metavar="PYTHON")
    parser.add_argument("--modules", help="names without `test.test_asyncio.`, separated by commas; otherwise all")
    parser.add_argument("--level", choices=("watch", "trace"), default="watch")
    options = parser.parse_args()
    status = 0
    for python in options.pythons:
        with tempfile.TemporaryDirectory() as folder:
            interpreter = Interpreter(python, options.level, Path(folder))
            known = interpreter.modules()
            wanted = options.modules.split(",") if options.modules else known
            unknown = [module for module in wanted if module not in known]
            if not known or unknown:
                lacking = f"no {', '.join(unknown)} in its tests of asyncio" if known else "no tests of asyncio"
                print(f"{python} comes with {lacking}: name another with --pythons or --modules.", file=sys.stderr)
                return 2
            print(f"Python {interpreter.version()}, level {options.level}", flush=True)
            total = 0
            for module in wanted:
                count, differences, unstable = interpreter.compare(module)
                total += count
                status = status or int(bool(differences))
                print(f"  {module}: {count} tests, {len(differences)} differ", flush=True)
                for sentence in differences + [f"unstable: {each}" for each in unstable]:
                    print(f"    {sentence}", flush=True)
            print(f"  {total} tests in all", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
