"""The level `trace`: every step of every task, with its exact times."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Connection, Programs, Viewer, line_of

from loopscope.options import Options
from loopscope.recording import Reader
from loopscope.session import Session
from loopscope.trace.packed import Steps, unpack
from loopscope.trace.ready_queue import ReadyQueue
from loopscope.trace.tracing import Tracing
from loopscope.wire import Decoder

MS = 1_000_000

# Begins when a line comes in, so that a viewer can look first, and ends at the next one.
PROGRAM = """
    import asyncio, sys, time

    async def counter(done):
        for _ in range(10):
            await asyncio.sleep(0)
        await done.wait()

    async def hog(done):
        time.sleep(0.05)
        await done.wait()  # ended

    async def quick(done):
        await done.wait()

    async def main():
        done = asyncio.Event()
        await asyncio.to_thread(sys.stdin.readline)
        tasks = [asyncio.create_task(each(done), name=each.__name__) for each in (counter, hog, quick)]
        await asyncio.to_thread(sys.stdin.readline)
        done.set()
        await asyncio.gather(*tasks)

    asyncio.run(main())
"""


class Looker:
    """A viewer of a traced program."""

    def __init__(self, process: subprocess.Popen[str], connection: Connection) -> None:
        self.process = process
        self.connection = connection
        self._requests = 0
        # Lines that the program was given.
        self.lines = 0

    def ask(self, command: str, **fields: Any) -> Any:
        """Send a request; gives the error in the answer."""
        self._requests += 1
        number = self._requests
        self.connection.send({"type": "request", "id": number, "command": command, **fields})
        answer = self.connection.until(
            lambda message: message if message["type"] == "response" and message["id"] == number else None
        )
        return answer["error"]

    def until_level(self, level: str) -> None:
        """Read until the program looks as closely as that."""
        self.connection.until(lambda _: self.connection.tables.level == level)

    def go_on(self) -> None:
        """Give the program its next line."""
        assert self.process.stdin is not None
        self.lines += 1
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def task(self, name: str) -> dict[str, Any]:
        """The record of the task of this name."""
        (found,) = (task for task in self.connection.tables.tasks.records() if task["name"] == name)
        return found

    def until_steps(self, count: int, *names: str) -> list[dict[str, Any]]:
        """Read until each of these tasks has made so many steps; gives what those come to."""

        def steps() -> list[dict[str, Any]]:
            tables = self.connection.tables
            ids = {task["name"]: task["id"] for task in tables.tasks.records()}
            found = [tables.steps.get(ids[name]) if name in ids else None for name in names]
            return [each for each in found if each is not None and each["steps"] >= count]

        self.connection.until(lambda _: len(steps()) == len(names))
        return steps()

    def packed(self) -> Iterator[Steps]:
        """The single steps that came in so far."""
        for message in Decoder(packed=True).feed(bytes(self.connection.received)):
            if message["type"] == "packed":
                yield from unpack(message["payload"])


@pytest.fixture
def looker(programs: Programs, viewer: Viewer) -> Iterator[Looker]:
    """A viewer that has switched the program to `trace`, before that begins its work."""
    process, connection = viewer.watch(PROGRAM)
    looker = Looker(process, connection)
    assert looker.ask("set-level", level="trace") is None
    looker.until_level("trace")
    yield looker
    while looker.lines < 2:
        looker.go_on()
    connection.rest()
    assert process.wait(30) == 0


def test_counts_the_steps_of_each_task_and_says_where_the_longest_ended(programs: Programs, looker: Looker) -> None:
    looker.go_on()
    (counter,) = looker.until_steps(11, "counter")
    assert counter["steps"] == 11
    hog, quick = looker.until_steps(1, "hog", "quick")
    assert (hog["steps"], quick["steps"]) == (1, 1)
    assert hog["longest_ns"] == hog["busy_ns"] >= 50 * MS
    site = looker.connection.tables.sites.get(hog["longest_site"])
    assert site is not None
    assert (site["line"], site["function"]) == (line_of(PROGRAM, "ended"), "hog")
    assert quick["longest_site"] is None
    # All three could run when main had made them; hog went first.
    assert quick["delay_ns"] == quick["max_delay_ns"] >= 50 * MS
    assert hog["since_ns"] <= hog["longest_at_ns"] <= hog["last_ns"]


def test_counts_iterations_and_callbacks(looker: Looker) -> None:
    (before,) = looker.connection.tables.loops.records()
    looker.go_on()
    looker.until_steps(11, "counter")
    looker.connection.until(
        lambda _: (
            (next(looker.connection.tables.loops.records())["iterations"] or 0) >= (before["iterations"] or 0) + 11
        )
    )
    (after,) = looker.connection.tables.loops.records()
    assert after["callbacks"] >= (before["callbacks"] or 0) + 13


def test_single_steps_are_sent_while_they_are_looked_at(looker: Looker) -> None:
    assert looker.ask("look-at", steps=True) is None
    looker.go_on()
    looker.until_steps(11, "counter")
    looker.until_steps(1, "hog", "quick")
    assert looker.ask("look-at", steps=False) is None
    ids = {name: looker.task(name)["id"] for name in ("Task-1", "counter", "hog", "quick")}
    rows = [row for steps in looker.packed() for row in zip(*steps[1:])]
    (hog,) = (row for row in rows if row[3] == ids["hog"])
    (quick,) = (row for row in rows if row[3] == ids["quick"])
    counter = [row for row in rows if row[3] == ids["counter"]]
    started, ended, ready, _, woken_by = hog
    assert ended - started >= 50 * MS
    assert woken_by == quick[4] == ids["Task-1"]
    assert ready == quick[2] <= started <= ended <= quick[0]
    assert len(counter) == 11
    # It puts itself in again, with nothing between.
    assert [row[4] for row in counter[1:]] == [ids["counter"]] * 10
    assert [row[2] for row in counter[1:]] == [row[1] for row in counter[:-1]]
    starts = [row[0] for row in rows]
    assert starts == sorted(starts)


def test_histograms_are_of_the_task_that_is_looked_at(looker: Looker) -> None:
    looker.go_on()
    looker.until_steps(1, "hog", "quick")
    hog = looker.task("hog")["id"]
    assert looker.ask("look-at", task=hog, steps=False) is None
    looker.connection.until(lambda message: message.get("histogram"))
    looker.go_on()
    histogram = None
    for message in looker.connection.rest():
        histogram = message.get("histogram", histogram)
    assert histogram is not None
    assert histogram["task"] == hog
    assert sum(histogram["steps"]) == sum(histogram["delays"]) == 1


def test_goes_back_to_watch_when_nobody_wants_more(looker: Looker) -> None:
    assert looker.ask("set-level", level="watch") is None
    looker.until_level("watch")
    looker.go_on()
    looker.connection.until(lambda _: any(task["name"] == "quick" for task in looker.connection.tables.tasks.records()))
    assert looker.connection.tables.steps.get(looker.task("quick")["id"]) is None


def test_a_request_that_cannot_be_understood_gets_a_sentence(looker: Looker) -> None:
    assert looker.ask("set-level", level="closer") == "The level 'closer' is unknown: use watch or trace."
    assert looker.ask("look-at", task="hog") == "What is to be looked at must be the number of a task."


def test_the_report_has_iterations_and_says_the_level(programs: Programs) -> None:
    source = """
        import asyncio

        async def main():
            for _ in range(100):
                await asyncio.sleep(0)

        asyncio.run(main())
    """
    report = programs.report(source, "--level", "trace")
    assert report["loopscope"]["level"] == "trace"
    (loop,) = report["loops"]
    assert 101 <= loop["iterations"] <= 120
    (loop,) = programs.report(source)["loops"]
    assert loop["iterations"] is None


def test_several_loops_are_kept_apart(programs: Programs) -> None:
    source = """
        import asyncio, threading

        async def spin(count):
            for _ in range(count):
                await asyncio.sleep(0)

        threads = [threading.Thread(target=lambda count=count: asyncio.run(spin(count))) for count in (200, 400)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    report = programs.report(source, "--level", "trace")
    fewer, more = sorted(loop["iterations"] for loop in report["loops"])
    assert 201 <= fewer <= 230
    assert 401 <= more <= 430


def test_a_recording_holds_every_step_and_a_trace_of_it_shows_them(programs: Programs) -> None:
    source = """
        import asyncio

        async def spin():
            for _ in range(50):
                await asyncio.sleep(0)
            await asyncio.sleep(0.6)

        async def main():
            await asyncio.create_task(spin(), name="spinner")

        asyncio.run(main())
    """
    path = programs.folder / "run.loopscope"
    done = programs.run(source, "--level", "trace", "--record", str(path))
    assert done.returncode == 0, done.stderr
    with Reader(str(path)) as reader:
        assert reader.hello["level"] == "trace"
        tasks = [
            task for message in reader if message["type"] == "packed" for steps in unpack(message["payload"])
            for task in steps.task
        ]  # fmt: skip
    assert max(tasks.count(task) for task in set(tasks) - {0}) == 52
    output = programs.folder / "run.json"
    programs.python("-m", "loopscope", "export", path, "--format", "perfetto", "--output", output)
    events = json.loads(output.read_text(encoding="utf-8"))["traceEvents"]
    steps = [event for event in events if event["ph"] == "X" and event["name"] == "spinner"]
    assert len(steps) == 52
    ends = [round(1000 * (event["ts"] + event["dur"])) for event in steps]
    assert all(end <= round(1000 * later["ts"]) for end, later in zip(ends, steps[1:]))
    assert sum(event["args"].get("woken by") == "spinner" for event in steps) == 50


def test_nothing_of_the_program_changes(programs: Programs) -> None:
    source = """
        import asyncio, asyncio.events, sys, traceback, types

        before = asyncio.events.Handle._run

        async def fails():
            raise ValueError("mine")

        def callback(*arguments):
            traceback.print_stack(file=sys.stdout)
            raise KeyError("callback")

        async def main():
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda loop, context: traceback.print_exception(
                type(context["exception"]), context["exception"], context["exception"].__traceback__, file=sys.stdout))
            loop.call_soon(callback)
            loop.call_soon(callback, "argument")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            try:
                await asyncio.create_task(fails())
            except ValueError:
                traceback.print_exc(file=sys.stdout)
            handle = asyncio.Handle(lambda: handle.cancel(), (), loop)
            handle._run()
            # It has neither callback nor arguments any more.
            handle._run()
            # What is no loop of asyncio's may have handles, too.
            asyncio.Handle(print, ("ran",), types.SimpleNamespace(get_debug=bool))._run()
            raise KeyboardInterrupt

        if sys.argv[1:]:
            import loopscope
            loopscope.install(level="trace")
            assert asyncio.events.Handle._run is not before
        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            traceback.print_exc(file=sys.stdout)
        if sys.argv[1:]:
            loopscope.uninstall()
        print(asyncio.events.Handle._run is before)
    """
    path = programs.write(source)
    with_it, without = programs.python(path, "traced"), programs.python(path)
    assert (with_it.stdout, with_it.stderr, with_it.returncode) == (without.stdout, without.stderr, without.returncode)
    assert with_it.stdout.endswith("True\n")
    assert "_run" in with_it.stdout


def test_a_callback_that_gets_late_into_a_log_is_counted_once() -> None:
    session = Session(Options())
    loop = asyncio.new_event_loop()
    state = session.loops.state_of(loop)
    session.loops.running[0] = state
    tracing = Tracing(session)
    tracing.begin()
    try:
        log = tracing._logs[state.address]
        log.extend((0, 5, 10, 0, 0))
        tracing.take()
        # On its way when another log took the place of this one.
        log.extend((0, 5, 20, 0, 0))
        tracing.account()
        assert state.callbacks == 1
        tracing._logs[state.address].extend((0, 5, 30, 0, 0))
        for _ in range(3):
            tracing.take()
            tracing.account()
        assert state.callbacks == 3
    finally:
        tracing.end()
        loop.close()


def test_follows_the_queue_past_cancelled_callbacks() -> None:
    queue = ReadyQueue()
    # a puts b, x and c in; x is cancelled while it waits; then the loop itself adds d.
    turns = queue.follow([1, 2, 3], [10, 20, 30], [19, 29, 39], [0, 2, 0], [3, 2, 0])
    assert turns.ready_ns == [10, 19, 19]
    assert turns.wakers == [0, 1, 1]
    assert turns.iterations == 2
    assert queue.follow([4], [100], [101], [0], [0]) == ([100], [0], 1)
