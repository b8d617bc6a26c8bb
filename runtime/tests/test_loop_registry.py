"""Loops that start and stop while the watchdog looks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from traced import traceable

from loopscope.clock import monotonic_ns
from loopscope.loops import LoopState
from loopscope.session import Session
from loopscope.waking import Moment


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """See `traceable`."""
    with traceable(monkeypatch) as session:
        yield session


def test_a_loop_that_starts_while_the_watchdog_looks_for_stopped_ones_runs(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = LoopState.started

    def then_the_watchdog_looks(state: LoopState) -> None:
        started(state)
        session._lookout.settle_stopped_loops()

    monkeypatch.setattr(LoopState, "started", then_the_watchdog_looks)
    loop = asyncio.new_event_loop()

    async def running() -> tuple[dict[int, LoopState], list[int]]:
        session._lookout.settle_stopped_loops()
        return dict(session.loops.running), [state.thread for state in session.loops.states.values()]

    here = threading.get_ident()
    # The second time it has stopped before.
    for _ in range(2):
        by_thread, threads = loop.run_until_complete(running())
        assert (list(by_thread), threads) == ([here], [here])
    loop.close()
    session._lookout.settle_stopped_loops()
    (state,) = session.loops.states.values()
    assert (state.state, state.thread, session.loops.running) == ("closed", 0, {})


def test_a_loop_in_which_another_one_runs_is_stopped_meanwhile(session: Session) -> None:
    def threads() -> list[int]:
        session._lookout.settle_stopped_loops()
        return [state.thread for state in session.loops.states.values()]

    here = threading.get_ident()
    outer, inner = asyncio.new_event_loop(), asyncio.new_event_loop()

    async def nests() -> None:
        # What packages do that let loops be nested.
        asyncio.events._set_running_loop(inner)
        assert threads() == [0, here]
        asyncio.events._set_running_loop(outer)
        assert threads() == [here, 0]

    outer.run_until_complete(nests())
    assert threads() == [0, 0]
    outer.close()
    inner.close()


def test_a_loop_that_could_not_be_seen_for_a_moment_runs_on_and_one_whose_thread_is_gone_does_not(
    session: Session,
) -> None:
    def unseen(thread: int) -> list[int]:
        """The threads in which loops run after a look that saw nothing of this one, as beside another interpreter."""
        session._lookout.look(0, Moment(monotonic_ns(), {thread: []}))
        return list(session.loops.running)

    async def main() -> None:
        # Looking for loops that nobody has told of would find it again, a second later.
        session._lookout._next_search_ns = 2**63
        here, gone = threading.get_ident(), -1
        assert unseen(here) == [here]
        (state,) = session.loops.states.values()
        session.loops.running[gone] = state
        assert unseen(gone) == [here]

    asyncio.run(main())
