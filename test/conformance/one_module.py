"""Runs one module of unit tests, or some tests of it, and writes how each ended.

    python one_module.py MODULE FILE [TEST ...]

FILE becomes a JSON object: for each test `passed`, `failed`, `error`, `skipped`, `expected failure` or
`unexpected success`.
"""

from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path
from typing import Any


class Outcomes(unittest.TextTestResult):
    """Remembers the end of every test; of subtests, the worst."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.by_test: dict[str, str] = {}

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        self.by_test.setdefault(test.id(), "passed")
        super().stopTest(test)

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802
        self.by_test[test.id()] = "error"
        super().addError(test, err)

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        self.by_test[test.id()] = "failed"
        super().addFailure(test, err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        if err is not None:
            self.by_test[test.id()] = "failed"
        super().addSubTest(test, subtest, err)

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802
        self.by_test[test.id()] = "skipped"
        super().addSkip(test, reason)

    def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        self.by_test[test.id()] = "expected failure"
        super().addExpectedFailure(test, err)

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: N802
        self.by_test[test.id()] = "unexpected success"
        super().addUnexpectedSuccess(test)


def main() -> None:
    """Run what the command line names."""
    module, file, *names = sys.argv[1:]
    try:
        suite = unittest.defaultTestLoader.loadTestsFromNames(names or [module])
    except unittest.SkipTest:
        by_test = {module: "skipped"}
    else:
        result: Any = unittest.TextTestRunner(resultclass=Outcomes, verbosity=0).run(suite)
        by_test = result.by_test
    Path(file).write_text(json.dumps(by_test), encoding="utf-8")


if __name__ == "__main__":
    main()
