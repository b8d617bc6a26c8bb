"""What a long turn of the loop is put down to. On a busy machine the looks at a real program are too far apart to tell,
so the looks are given here."""

from __future__ import annotations

from typing import Optional

from loopscope.findings import iteration_overfull
from loopscope.findings.turns import Turn, Turns
from loopscope.holds import Reading

MS = 1_000_000
THRESHOLD_MS = 100.0


def turn(looks: list[tuple[int, int, int]], callbacks: int = 300) -> Optional[Turn]:
    """The turn that is seen by looks at (milliseconds, index of the callback, milliseconds that the loop has run)."""
    turns = Turns()
    for at, index, ran in looks:
        reading = Reading()
        reading.now_ns = at * MS
        reading.loop_ran_ns = ran * MS
        turns.note(1.0, 0, index, callbacks, f"callback {index % 2}", reading)
    turns.leave((looks[-1][0] + 20) * MS)
    ended = turns.take()
    return ended[0] if ended else None


def evidence(looks: list[tuple[int, int, int]], callbacks: int = 300) -> dict[str, object]:
    ended = turn(looks, callbacks)
    return (
        {}
        if ended is None
        else dict(iteration_overfull.check(iteration_overfull.Iteration(*ended, THRESHOLD_MS)).evidence)
    )


def test_many_callbacks_that_are_all_short_are_too_much_for_one_turn() -> None:
    found = evidence([(20 * look, 20 * look, 20 * look) for look in range(1, 11)])
    assert found["lasted_ms"] == 200
    assert found["callbacks"] == 300
    assert found["longest_ms"] == 40
    assert found["biggest"] == "callback 0 (200 ms)"
    sentence = iteration_overfull.format(found)  # type: ignore[arg-type]
    assert "took 200 ms for 300 callbacks, none of them longer than 40 ms" in sentence


def test_one_callback_that_may_have_been_long_is_not_that() -> None:
    assert evidence([(20, 20, 20), (40, 30, 40), (180, 30, 180), (200, 31, 200)]) == {}


def test_a_turn_that_others_kept_from_running_is_not_that() -> None:
    assert evidence([(20 * look, 20 * look, 5 * look) for look in range(1, 11)]) == {}


def test_few_callbacks_or_a_short_turn_are_not_that() -> None:
    assert evidence([(20 * look, look, 20 * look) for look in range(1, 10)], callbacks=9) == {}
    assert evidence([(20, 20, 20), (40, 40, 40)]) == {}
