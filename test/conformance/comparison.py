"""Tells whether the tests of a suite end under Loopscope as they do alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable

#: How each test ended (`passed`, `failed`, …), by its name. A test that was not run, or did not end, is not in it.
Outcomes = dict[str, str]
#: Runs the tests of these names (all when there are none), alone (false) or under Loopscope (true).
Run = Callable[[bool, list[str]], Outcomes]

#: How often what ended otherwise runs again, both ways.
REPEATS = 3


@dataclass
class Comparison:
    """What came out of running a suite both ways."""

    #: Tests that ended alone.
    count: int
    #: One sentence for each test that never ended under Loopscope as it does alone.
    differences: list[str] = field(default_factory=list)
    #: One sentence for each that ended otherwise at first and alike when it ran again.
    unstable: list[str] = field(default_factory=list)


def compare(run: Run) -> Comparison:
    """Run a suite both ways.

    What ends otherwise runs again, both ways: a test that does not end the same way every time says nothing about
    Loopscope.
    """
    alone, under = run(False, []), run(True, [])
    result = Comparison(len(alone))
    if not alone:
        result.differences.append("no test of it ends, not even alone")
        return result
    unlike = [test for test in sorted(alone.keys() | under.keys()) if alone.get(test) != under.get(test)]
    ends_alone = {test: {alone[test]} if test in alone else set() for test in unlike}
    left = unlike
    for _ in range(REPEATS):
        if not left:
            break
        again, under_again = run(False, left), run(True, left)
        for test in left:
            if test in again:
                ends_alone[test].add(again[test])
        left = [test for test in left if under_again.get(test) not in ends_alone[test]]
    for test in unlike:
        ends = f"{test}: {alone.get(test, 'no end')} alone, {under.get(test, 'no end')} under Loopscope"
        (result.differences if test in left else result.unstable).append(ends)
    return result
