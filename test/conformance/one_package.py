"""Runs pytest and writes how each test ended.

    python one_package.py FILE [ARGUMENT ...]

FILE gets a line of JSON as each test ends: its name and pytest's word for its end, or `error` when what surrounds the
test failed. The last line of a test counts.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest
from one_module import write


class Outcomes:
    """A plugin of pytest's that writes down the end of every test."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test is set up, called and taken down: the call says how it ended, unless another of these went wrong."""
        if report.when != "call" and report.passed:
            return
        end = report.outcome if report.when == "call" or report.skipped else "error"
        write(self._file, report.nodeid, f"expected {end}" if hasattr(report, "wasxfail") else end)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read, or is skipped as a whole."""
        if not report.passed:
            write(self._file, report.nodeid, report.outcome)


def main() -> int:
    """Run what the command line names."""
    path, *arguments = sys.argv[1:]
    with open(path, "a", encoding="utf-8") as file:
        return pytest.main(["-p", "no:cacheprovider", "-q", *arguments], plugins=[Outcomes(file)])


if __name__ == "__main__":
    sys.exit(main())
