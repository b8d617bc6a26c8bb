"""Runs CPython's own tests of asyncio alone and under Loopscope, and says which end otherwise.

    python test/conformance/asyncio_suite.py [--pythons PYTHON ...] [--grep PATTERN] [--level watch|trace]
        [--beside N] [--counts FILE]

Each module runs in a process of its own, both ways. A test whose end differs runs some more times: it counts as a
difference when it never ends under Loopscope as it does alone, and is listed as unstable otherwise. Exits with 0 when
nothing differs, with 1 when something does, and with 2 when an interpreter brings no tests of asyncio.
"""

from __future__ import annotations

import argparse
import functools
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from comparison import Comparison, compare
from one_suite import Suite

RUNNER = Path(__file__).resolve().with_name("one_module.py")
PACKAGE = "test.test_asyncio"
#: A module that takes longer hangs, or its machine is of no use.
LONGEST_MODULE_SECONDS = 300


class Interpreter:
    """One Python that may bring the tests."""

    def __init__(self, python: str) -> None:
        self._python = python

    def version(self) -> str:
        """As in `3.12.1`."""
        return self._say("import platform; print(platform.python_version())")

    def modules(self, pattern: str) -> list[str]:
        """The modules of the tests whose name matches, the longest first, for they tend to take longest. None when the
        interpreter comes without."""
        folder = self._say(
            "import importlib.util, os; "
            f"spec = importlib.util.find_spec('{PACKAGE}'); print(os.path.dirname(spec.origin) if spec else '')"
        )
        files = sorted(Path(folder).glob("test_*.py"), key=lambda file: -file.stat().st_size) if folder else []
        return [file.stem for file in files if re.search(pattern, file.stem)]

    def compare(self, module: str, level: str) -> Comparison:
        """Run a module both ways. May be called in several threads at once."""
        program = [str(RUNNER), f"{PACKAGE}.{module}"]
        with Suite(self._python, level, LONGEST_MODULE_SECONDS) as suite:
            return compare(lambda under, tests: suite.run(under, lambda file: [*program, str(file), *tests]))

    def _say(self, source: str) -> str:
        return subprocess.run([self._python, "-c", source], capture_output=True, text=True).stdout.strip()


class Results:
    """Collects what came out, module by module, and says it."""

    def __init__(self) -> None:
        #: What `npm test` counts; here a module is a test.
        self.passed = self.failed = 0
        self.failures: list[dict[str, str]] = []
        self._tests = 0

    def add(self, module: str, version: str, result: Comparison) -> None:
        """Take and say one module."""
        self._tests += result.count
        print(f"  {module}: {result.count} tests, {len(result.differences)} differ", flush=True)
        for sentence in result.differences + [f"unstable: {each}" for each in result.unstable]:
            print(f"    {sentence}", flush=True)
        if not result.differences:
            self.passed += 1
            return
        self.failed += 1
        what = f"{PACKAGE}.{module} under Loopscope: {len(result.differences)} differ, as {result.differences[0]}"
        self.failures.append({"what": what, "on": version})

    def say_total(self) -> None:
        """Say how much was compared."""
        print(f"{self._tests} tests of {self.passed + self.failed} modules compared, {self.failed} modules differ")

    def write(self, file: Path) -> None:
        """Write what `npm test` counts."""
        counts = {"passed": self.passed, "failed": self.failed, "skipped": [], "failures": self.failures}
        file.write_text(json.dumps(counts), encoding="utf-8")


def main() -> int:
    """Compare what the command line names."""
    parser = argparse.ArgumentParser(description="CPython's own tests of asyncio, alone and under Loopscope.")
    parser.add_argument("--pythons", nargs="+", default=[sys.executable], metavar="PYTHON")
    parser.add_argument("--grep", default="", metavar="PATTERN", help="modules whose name matches, as test_locks does")
    parser.add_argument("--level", choices=("watch", "trace"), default="trace")
    parser.add_argument("--beside", type=int, default=1, metavar="N", help="so many modules at the same time")
    parser.add_argument("--counts", type=Path, metavar="FILE", help="gets what `npm test` counts")
    options = parser.parse_args()
    results = Results()
    for python in options.pythons:
        interpreter = Interpreter(python)
        if not interpreter.modules(""):
            print(f"{python} comes with no tests of asyncio: name another with --pythons.", file=sys.stderr)
            return 2
        version = interpreter.version()
        print(f"Python {version}, level {options.level}", flush=True)
        modules = interpreter.modules(options.grep)
        with ThreadPoolExecutor(options.beside) as pool:
            comparisons = pool.map(functools.partial(interpreter.compare, level=options.level), modules)
            for module, result in zip(modules, comparisons):
                results.add(module, version, result)
    results.say_total()
    if options.counts:
        results.write(options.counts)
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
