"""A runtime in this process that looks when a test says so: what `trace` counts is then the same every time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

import pytest

from loopscope.options import Options
from loopscope.session import Session


@contextlib.contextmanager
def traceable(monkeypatch: pytest.MonkeyPatch, record: Optional[Path] = None) -> Iterator[Session]:
    """The runtime without its watchdog, for the length of a `with`; recorded in a file, if one is named."""
    # However long this machine takes from one look to the next.
    monkeypatch.setattr("loopscope.trace.tracing._UNATTENDED_NS", 10**12)
    session = Session(Options(record=None if record is None else str(record)))
    monkeypatch.setattr(session, "start_looking", lambda: None)
    session.install()
    try:
        yield session
    finally:
        session.finish("exit")
        session.uninstall()
    assert session.errors == 0


def looks(session: Session) -> None:
    """What the watchdog does at each look."""
    with session.lock:
        session._work_off_logs()
        session.levels.put_into(everything=True)


def switch_on(session: Session) -> None:
    """What the watchdog does when somebody wants `trace`."""
    with session.lock:
        session.levels._begin()
    looks(session)


def switch_off(session: Session) -> None:
    """What the watchdog does when nobody wants `trace` any more."""
    looks(session)
    tracing = session.levels._tracing
    assert tracing is not None
    tracing.end()


def steps_by_number(session: Session) -> dict[int, int]:
    """How many steps each task has made, by the numbers of the tasks."""
    tracing = session.levels._tracing
    assert tracing is not None
    return {number: totals.steps for number, totals in tracing._totals.items()}


def number_of(session: Session, address: int) -> int:
    """The number of the task that lives at an address, by the last look."""
    return session.tasks.by_address[address].id


def steps_of(session: Session) -> dict[str, int]:
    """How many steps each task that is alive has made, by the names of the tasks."""
    looks(session)
    steps = steps_by_number(session)
    tasks = [(reference.id, reference()) for reference in session.tasks.by_address.values()]
    return {task.get_name(): steps[number] for number, task in tasks if task is not None and number in steps}
