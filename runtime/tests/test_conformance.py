"""How the tests of others are compared: differences are told, tests that end now this way now that are not blamed."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import RUNTIME

CONFORMANCE = RUNTIME.parent / "test" / "conformance"
sys.path.insert(0, str(CONFORMANCE))

from comparison import Comparison, Outcomes, compare  # noqa: E402
from one_suite import Suite  # noqa: E402


def compared(alone: Iterator[Outcomes], under: Iterator[Outcomes]) -> Comparison:
    """What comes out of a suite whose runs end like this, one after the other."""
    return compare(lambda under_loopscope, tests: next(under if under_loopscope else alone))


def test_what_ends_alike_is_counted_also_when_it_fails() -> None:
    ends = {"a": "passed", "b": "failed"}
    assert compared(iter([ends]), iter([ends])) == Comparison(2)


def test_a_test_that_always_ends_otherwise_is_a_difference() -> None:
    alone = iter([{"a": "passed", "b": "passed"}] + [{"b": "passed"}] * 3)
    under = iter([{"a": "passed", "b": "failed"}] + [{"b": "failed"}] * 3)
    assert compared(alone, under) == Comparison(2, ["b: passed alone, failed under Loopscope"])


def test_a_test_that_does_not_end_is_a_difference() -> None:
    assert compared(iter([{"a": "passed"}] * 4), iter([{}] * 4)).differences == [
        "a: passed alone, no end under Loopscope"
    ]


@pytest.mark.parametrize(
    "again, under_again", [("passed", "passed"), ("failed", "failed")], ids=["under Loopscope", "alone"]
)
def test_a_test_that_ends_now_this_way_now_that_is_unstable(again: str, under_again: str) -> None:
    result = compared(iter([{"a": "passed"}, {"a": again}]), iter([{"a": "failed"}, {"a": under_again}]))
    assert result == Comparison(1, [], ["a: passed alone, failed under Loopscope"])


def test_a_suite_that_ends_no_test_is_a_difference() -> None:
    assert compared(iter([{}]), iter([{}])).differences == ["no test of it ends, not even alone"]


SUITE = """
import asyncio, signal, sys, unittest

class Tests(unittest.TestCase):
    def test_a(self):
        pass

    def test_b_fails(self):
        self.fail()

    @unittest.skipIf("loopscope" in sys.modules, "with the runtime in")
    def test_c_runs_alone(self):
        pass

    def test_d_is_not_traced(self):
        installation = sys.modules.get("loopscope.installation")
        self.assertFalse(installation and installation.current().options.level == "trace")

    def test_e_kills_the_process(self):
        signal.raise_signal(signal.SIGKILL)

    def test_f_is_not_reached(self):
        pass
"""


def test_a_module_runs_alone_and_under_the_runtime(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "suite.py").write_text(SUITE, encoding="utf-8")
    runner = shutil.copy(CONFORMANCE / "one_module.py", tmp_path)
    tests = ["a", "b_fails", "c_runs_alone", "d_is_not_traced"]
    alone, under = (["passed", "failed", *ends] for ends in (["passed", "passed"], ["skipped", "failed"]))
    with Suite(sys.executable, "trace", 60) as suite:
        for with_runtime, ends in ((False, alone), (True, under)):
            outcomes = suite.run(with_runtime, lambda file: [runner, "suite", str(file)])
            assert outcomes == {f"suite.Tests.test_{test}": end for test, end in zip(tests, ends)}
    told = capfd.readouterr().out
    assert told.count("was ended by signal 9") == 2
