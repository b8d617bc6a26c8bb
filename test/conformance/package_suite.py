"""Runs the tests of a package with pytest alone and under Loopscope, and says which end otherwise.

    python test/conformance/package_suite.py FOLDER [--level watch|trace] [-- ARGUMENT ...]

FOLDER holds the tests and pytest's settings; the arguments are pytest's. Exits with 0 when nothing differs, otherwise
with 1.
"""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path

from comparison import compare
from one_suite import Suite

RUNNER = Path(__file__).resolve().with_name("one_package.py")
LONGEST_RUN_SECONDS = 3600


def main() -> int:
    """Compare what the command line names."""
    parser = argparse.ArgumentParser(description="The tests of a package, alone and under Loopscope.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--level", choices=("watch", "trace"), default="trace")
    parser.add_argument("arguments", nargs="*", metavar="ARGUMENT")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, level {options.level}", flush=True)
    with Suite(sys.executable, options.level, LONGEST_RUN_SECONDS) as suite:
        result = compare(
            lambda under, tests: suite.run(
                under, lambda file: [str(RUNNER), str(file), *options.arguments, *tests], options.folder
            )
        )
    for sentence in result.differences + [f"unstable: {each}" for each in result.unstable]:
        print(f"  {sentence}")
    print(f"{result.count} tests compared, {len(result.differences)} differ")
    return 1 if result.differences else 0


if __name__ == "__main__":
    sys.exit(main())
