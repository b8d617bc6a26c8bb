"""The level `trace` when a task is freed and others are made where it was, between two looks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from traced import looks, number_of, steps_by_number, switch_on, traceable

from loopscope.recording import Reader
from loopscope.trace.packed import unpack

MOST_TRIES = 100


async def waits(event: asyncio.Event, turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    await event.wait()


class Place:
    """Makes tasks at one address, one after the other."""

    def __init__(self) -> None:
        self.address = 0
        self._elsewhere: list[asyncio.Task[None]] = []

    def task(self, turns: int) -> tuple[asyncio.Task[None], asyncio.Event]:
        """A task that makes so many steps and one more, and what it waits for then."""
        event = asyncio.Event()
        for _ in range(MOST_TRIES):
            task = asyncio.ensure_future(waits(event, turns))
            if id(task) == self.address or not self.address:
                self.address = id(task)
                return task, event
            self._elsewhere.append(task)
        pytest.skip("the interpreter makes no task where another was")

    def close(self) -> None:
        """Cancel those that came to live elsewhere."""
        for task in self._elsewhere:
            task.cancel()


def test_a_task_has_not_the_steps_of_the_next_at_its_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def main() -> tuple[int, int]:
        place = Place()
        task, event = place.task(0)
        await asyncio.sleep(0)
        looks(session)
        first = number_of(session, place.address)
        event.set()
        await task
        del task
        # The loop lets go of it when it goes round.
        await asyncio.sleep(0)
        # Made and freed between two looks.
        task, event = place.task(4)
        event.set()
        await task
        del task
        await asyncio.sleep(0)
        task, event = place.task(2)
        for _ in range(5):
            await asyncio.sleep(0)
        looks(session)
        third = number_of(session, place.address)
        steps = steps_by_number(session)
        assert first != third
        assert (steps[first], steps[third]) == (2, 3)
        place.close()
        task.cancel()
        return first, third

    recording = tmp_path / "run.loopscope"
    with traceable(monkeypatch, recording) as session:
        switch_on(session)
        first, third = asyncio.run(main())
    with Reader(str(recording)) as reader:
        frames = [message["payload"] for message in reader if message["type"] == "packed"]
    tasks = [task for frame in frames for steps in unpack(frame) for task in steps.task]
    # The third is cancelled in its last.
    assert (tasks.count(first), tasks.count(third)) == (2, 4)
