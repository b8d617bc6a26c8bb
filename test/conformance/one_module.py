"""Runs one module of unit tests, or some tests of it, and writes how each ended.

    python one_module.py MODULE FILE [TEST ...]

FILE gets a line of JSON as each test ends: its name and `passed`, `failed`, `error`, `skipped`, `expected failure` or
`unexpected success`. The last line of a test counts.
"""

from __future__ import annotations

import functools
import json
import sys
import unittest
from typing import IO, Any


class Outcomes(unittest.TextTestResult):
    """Writes down the end of every test; of subtests, the worst."""

    def __init__(self, file: IO[str], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._file = file
        self._ended: set[str] = set()

    def _ends(self, test: Any, end: str) -> None:
        self._ended.add(test.id())
        write(self._file, test.id(), end)

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        if test.id() not in self._ended:
            self._ends(test, "passed")
        super().stopTest(test)

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802
        self._ends(test, "error")
        super().addError(test, err)

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        self._ends(test, "failed")
        super().addFailure(test, err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        if err is not None:
            self._ends(test, "failed")
        super().addSubTest(test, subtest, err)

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802
        self._ends(test, "skipped")
        super().addSkip(test, reason)

    def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        self._ends(test, "expected failure")
        super().addExpectedFailure(test, err)

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: N802
        self._ends(test, "unexpected success")
        super().addUnexpectedSuccess(test)


def write(file: IO[str], test: str, end: str) -> None:
    """Write one end down at once: the process may not live to close the file."""
    file.write(json.dumps([test, end]) + "\n")
    file.flush()


def main() -> None:
    """Run what the command line names."""
    module, path, *names = sys.argv[1:]
    with open(path, "a", encoding="utf-8") as file:
        try:
            suite = unittest.defaultTestLoader.loadTestsFromNames(names or [module])
        except unittest.SkipTest:
            write(file, module, "skipped")
        else:
            result: Any = functools.partial(Outcomes, file)
            unittest.TextTestRunner(resultclass=result, verbosity=0).run(suite)


if __name__ == "__main__":
    main()
