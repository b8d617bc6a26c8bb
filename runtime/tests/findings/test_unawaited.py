"""What is noted of coroutines that were never awaited."""

from __future__ import annotations

import dis
import warnings
from typing import Any

import pytest

from loopscope.hooks.unawaited import UnawaitedCoroutine, UnawaitedHook
from loopscope.sites import FileKinds


@pytest.mark.filterwarnings("ignore:coroutine")
def test_a_line_that_throws_away_many_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Any] = []
    instructions = dis.get_instructions

    def counted(code: Any) -> Any:
        looks.append(code)
        return instructions(code)

    monkeypatch.setattr(dis, "get_instructions", counted)
    seen: list[UnawaitedCoroutine] = []
    errors: list[None] = []
    hook = UnawaitedHook(FileKinds(), seen.append, lambda: errors.append(None))

    async def send() -> None:
        pass

    def throws_away() -> None:
        for _ in range(100):
            send()

    hook.install()
    try:
        throws_away()
    finally:
        hook.remove()
    assert not errors
    assert [each.discarded_by is not None and each.discarded_by[0] for each in seen] == [throws_away.__code__] * 100
    assert looks == [throws_away.__code__]
    assert warnings._warn_unawaited_coroutine is hook._original  # type: ignore[attr-defined]
