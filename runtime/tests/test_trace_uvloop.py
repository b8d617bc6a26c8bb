"""The level `trace` on loops of the real uvloop: the steps of tasks, by `sys.monitoring`."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from conftest import Programs, Viewer, line_of
from step_shapes import SHAPES, spin
from test_trace import MS, PROGRAM, Looker
from traced import looks, steps_of, switch_off, switch_on, traceable

from loopscope.clock import monotonic_ns
from loopscope.hooks import coroutine_steps
from loopscope.recording import Reader
from loopscope.session import Session
from loopscope.uvloop_state import UvloopSight, UvloopState

uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed for this interpreter")

MONITORING: Any = getattr(sys, "monitoring", None)
needs_monitoring = pytest.mark.skipif(MONITORING is None, reason="Python has sys.monitoring from 3.12 on")
ON_UVLOOP = PROGRAM.replace("asyncio.run(main())", "import uvloop; uvloop.run(main())")
IDS = (3, 4)

NewLoop = Callable[[], asyncio.AbstractEventLoop]


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """See `traceable`; nothing of `sys.monitoring` stays taken."""
    with traceable(monkeypatch) as session:
        yield session
    assert MONITORING is None or [MONITORING.get_tool(number) for number in IDS] == [None, None]


def run(loop: asyncio.AbstractEventLoop, main: Coroutine[Any, Any, Any]) -> Any:
    """`asyncio.run` on this loop, which leaves the policy alone."""
    try:
        return loop.run_until_complete(main)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def steps_on(session: Session, new_loop: NewLoop) -> dict[str, int]:
    """How many steps tasks of all shapes make on a loop, when one look sees each made and one sees it ended."""

    async def main() -> dict[str, int]:
        tasks = {name: asyncio.ensure_future(make()) for name, make in SHAPES.items()}
        for name, task in tasks.items():
            task.set_name(name)
        looks(session)
        await asyncio.sleep(0.001)
        for name in ("absorbs", "absorbs, recursive", "absorbs below", "cleans up"):
            tasks[name].cancel()
        await asyncio.wait(tasks.values())
        counted = steps_of(session)
        assert isinstance(tasks["fails"].exception(), ValueError)
        return {name: counted.get(name, 0) for name in SHAPES}

    return run(new_loop(), main())  # type: ignore[no-any-return]


@needs_monitoring
def test_tasks_make_the_steps_that_they_make_on_asyncios_own_loop(session: Session) -> None:
    switch_on(session)
    expected = steps_on(session, asyncio.new_event_loop)
    assert expected["spin"] == 6
    assert steps_on(session, uvloop.new_event_loop) == expected


@needs_monitoring
def test_is_switched_on_and_off_while_tasks_run_and_leaves_nothing(session: Session) -> None:
    async def works(turn: asyncio.Event, done: asyncio.Event) -> None:
        while not done.is_set():
            await turn.wait()
            await spin(2)

    async def main() -> list[int]:
        turn, done = asyncio.Event(), asyncio.Event()
        task = asyncio.ensure_future(works(turn, done))
        task.set_name("works")
        # What the next snapshot does from Python 3.14 on.
        session.adopt(task)
        counts = []

        async def have_it_work() -> None:
            turn.set()
            turn.clear()
            await spin(5)
            counts.append(steps_of(session).get("works", 0) if session.levels._tracing else 0)

        await have_it_work()
        for _ in range(2):
            switch_on(session)
            # Watched from the loop's next callback on.
            await asyncio.sleep(0)
            await have_it_work()
            switch_off(session)
            assert [MONITORING.get_tool(number) for number in IDS] == [None, None]
            await have_it_work()
        done.set()
        turn.set()
        await task
        MONITORING.use_tool_id(IDS[0], "somebody else")
        try:
            assert MONITORING.get_local_events(IDS[0], works.__code__) == 0
            assert MONITORING.get_events(IDS[0]) == 0
        finally:
            MONITORING.free_tool_id(IDS[0])
        return counts

    # Three steps each time: it is woken, and goes round twice.
    assert run(uvloop.new_event_loop(), main()) == [0, 3, 3, 6, 6]


@needs_monitoring
def test_loops_of_several_threads_are_kept_apart(session: Session) -> None:
    switch_on(session)
    counted: dict[str, int] = {}
    both_run = threading.Barrier(3, timeout=30)
    all_ran = threading.Barrier(3, timeout=30)

    async def main(name: str, count: int) -> None:
        task = asyncio.ensure_future(spin(count))
        task.set_name(name)
        both_run.wait()
        await task
        all_ran.wait()
        if name == "asyncio":
            counted.update(steps_of(session))
        all_ran.wait()

    ways: list[tuple[str, NewLoop, int]] = [
        ("asyncio", asyncio.new_event_loop, 100),
        ("few", uvloop.new_event_loop, 200),
        ("many", uvloop.new_event_loop, 300),
    ]
    threads = [threading.Thread(target=lambda way=way: run(way[1](), main(way[0], way[2]))) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: counted[name] for name, _, _ in ways} == {"asyncio": 101, "few": 201, "many": 301}
    # Of uvloop's loops nothing but steps is known.
    turns_are_known = {state.class_name: state.iterations is not None for state in session.loops.states.values()}
    assert turns_are_known.pop("uvloop.Loop") is False
    assert list(turns_are_known.values()) == [True]


@needs_monitoring
def test_a_loop_that_begins_while_others_are_looked_up_is_followed(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on(session)
    began = threading.Event()
    counted: dict[str, int] = {}
    overtakes = [True]

    async def late() -> None:
        began.set()
        task = asyncio.ensure_future(spin(5))
        task.set_name("late")
        await task
        counted.update(steps_of(session))

    thread = threading.Thread(target=lambda: run(uvloop.new_event_loop(), late()))

    def clock() -> int:
        # Between the look for loops that run and the hooks.
        if overtakes and overtakes.pop():
            thread.start()
            began.wait(0.2)
        return monotonic_ns()

    monkeypatch.setattr("loopscope.trace.tracing.monotonic_ns", clock)
    tracing = session.levels._tracing
    assert tracing is not None
    tracing.loops_changed()
    thread.join()
    assert counted["late"] == 6


@pytest.mark.skipif(
    sys.version_info < (3, 12) or sys.version_info[:2] == (3, 13),
    reason="eager tasks came with Python 3.12, and uvloop passes arguments that the factory of 3.13.0 refuses",
)
def test_an_eager_task_has_steps_from_its_second_on(session: Session) -> None:
    # Otherwise uvloop tells the factory of a newer Python to start none eagerly.
    eagerly: dict[str, Any] = {"eager_start": True} if sys.version_info >= (3, 14) else {}

    async def main() -> dict[str, int]:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        first = asyncio.create_task(spin(1), **eagerly)
        looks(session)
        await first
        before = steps_of(session)["main"]
        task = asyncio.create_task(spin(3), name="eager", **eagerly)
        looks(session)
        await task
        await asyncio.sleep(0)
        counted = steps_of(session)
        return {"eager": counted["eager"], "main": counted["main"] - before}

    async def named() -> dict[str, int]:
        task = asyncio.create_task(main(), name="main")
        looks(session)
        return await task

    switch_on(session)
    # The first is part of the step of the task that made it.
    assert run(uvloop.new_event_loop(), named()) == {"eager": 3, "main": 2}


@needs_monitoring
def test_a_viewer_sees_steps_and_where_the_longest_ended_but_no_delays(viewer: Viewer) -> None:
    process, connection = viewer.watch(ON_UVLOOP)
    looker = Looker(process, connection)
    assert looker.ask("set-level", level="trace") is None
    looker.until_level("trace")
    assert looker.ask("look-at", steps=True) is None
    looker.go_on()
    (counter,) = looker.until_steps(11, "counter")
    hog, quick = looker.until_steps(1, "hog", "quick")
    assert (counter["steps"], hog["steps"], quick["steps"]) == (11, 1, 1)
    assert hog["longest_ns"] == hog["busy_ns"] >= 50 * MS
    site = connection.tables.sites.get(hog["longest_site"])
    assert site is not None
    assert (site["line"], site["function"]) == (line_of(ON_UVLOOP, "ended"), "hog")
    assert (quick["delay_ns"], quick["max_delay_ns"], quick["longest_site"]) == (None, None, None)
    (loop,) = connection.tables.loops.records()
    assert (loop["iterations"], loop["callbacks"]) == (None, None)
    ids = {name: looker.task(name)["id"] for name in ("counter", "hog", "quick")}
    rows = [row for steps in looker.packed() for row in zip(*steps[1:])]
    (hog_row,) = (row for row in rows if row[3] == ids["hog"])
    (quick_row,) = (row for row in rows if row[3] == ids["quick"])
    assert hog_row[1] - hog_row[0] == hog["longest_ns"]
    assert hog_row[1] <= quick_row[0]
    assert sum(row[3] == ids["counter"] for row in rows) == 11
    # When a task was woken, and by whom, is not known.
    assert {(row[2], row[4]) for row in rows} == {(0, 0)}
    starts = [row[0] for row in rows]
    assert starts == sorted(starts)
    looker.go_on()
    connection.rest()
    assert process.wait(30) == 0


def test_what_notes_the_steps_is_not_taken_for_what_holds_the_loop(session: Session) -> None:
    async def main() -> tuple[str, object]:
        (state,) = session.loops.running.values()
        assert isinstance(state, UvloopState)
        # The last beat was long ago.
        state.beat.ran_ns = 0
        here = sys._getframe()
        names: dict[str, Any] = {}
        exec(compile("import sys\ndef note(): return sys._getframe()", coroutine_steps.__file__, "exec"), names)
        stack = [(frame, frame.f_lasti) for frame in (names["note"](), here, state.base) if frame is not None]
        sight = UvloopSight(stack, state)
        sight.take_lines()
        place = sight.place(session.sites)
        assert place is not None and place.site is not None
        return session.sites.record(place.site)["function"].rpartition(".")[2], place.callee

    function, callee = run(uvloop.new_event_loop(), main())
    assert function == "main"
    assert "note" not in str(callee)


def notices(programs: Programs, source: str) -> list[str]:
    """What a recording of a program at `trace` tells of steps that are not seen."""
    path = programs.folder / "run.loopscope"
    done = programs.run(source, "--level", "trace", "--record", str(path))
    assert done.returncode == 0, done.stderr
    with Reader(str(path)) as reader:
        return [message["message"] for message in reader if message.get("code") == "steps-not-seen"]


@needs_monitoring
def test_says_that_other_tools_leave_no_room(programs: Programs) -> None:
    source = """
        import asyncio, sys, uvloop

        async def main():
            await asyncio.sleep(0)

        for number in (3, 4):
            sys.monitoring.use_tool_id(number, "another")
        uvloop.run(main())
        uvloop.run(main())
    """
    assert notices(programs, source) == [
        "The steps of tasks on uvloop cannot be told: other tools have taken all of sys.monitoring."
    ]


@needs_monitoring
def test_says_how_many_tasks_run_no_python_coroutine(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(session.sinks, "add_notice", lambda _severity, _code, sentence: told.append(sentence))

    async def main() -> None:
        near, far = socket.socketpair()
        near.setblocking(False)
        far.setblocking(False)
        loop = asyncio.get_running_loop()
        # What runs is Cython's.
        receiving = [asyncio.create_task(loop.sock_recv(end, 1), name="receives") for end in (near, far)]
        spinning = asyncio.create_task(spin(3), name="spins")
        for task in receiving:
            # What the next snapshot does from Python 3.14 on.
            session.adopt(task)
        looks(session)
        await spinning
        near.send(b"x")
        far.send(b"x")
        assert await asyncio.gather(*receiving) == [b"x", b"x"]
        counted = steps_of(session)
        assert (counted["spins"], counted.get("receives")) == (4, None)
        near.close()
        far.close()

    switch_on(session)
    run(uvloop.new_event_loop(), main())
    assert told == ["The steps of 2 tasks on uvloop cannot be told: no coroutine of a Python function is run."]


@needs_monitoring
def test_a_native_coroutine_that_has_ended_is_no_error(session: Session) -> None:
    async def main() -> None:
        # Which Cython takes the name from as it ends.
        ended = asyncio.ensure_future(asyncio.get_running_loop().shutdown_asyncgens())
        session.adopt(ended)
        await ended
        looks(session)

    switch_on(session)
    run(uvloop.new_event_loop(), main())
    assert session.errors == 0


@pytest.mark.skipif(MONITORING is not None, reason="Python has sys.monitoring from 3.12 on")
def test_says_that_it_takes_a_newer_python(programs: Programs) -> None:
    source = """
        import asyncio, uvloop

        async def main():
            await asyncio.sleep(0)

        uvloop.install()
        asyncio.run(main())
    """
    version = ".".join(map(str, sys.version_info[:2]))
    assert notices(programs, source) == [
        f"Python {version} cannot tell the steps of tasks on uvloop: it takes 3.12 or newer."
    ]
