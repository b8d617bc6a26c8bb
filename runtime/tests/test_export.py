"""`python -m loopscope export`: what the Perfetto UI is given."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Optional

import pytest
from conftest import Programs, clean_environment, line_of

from loopscope import protocol
from loopscope.wire import encode

PROGRAM = """
    import asyncio, concurrent.futures, time

    def work():
        time.sleep(0.3)

    async def child(started):
        started.set()
        await asyncio.sleep(30)

    async def offload():
        await asyncio.to_thread(work)  # submitted

    async def main():
        asyncio.get_running_loop().set_default_executor(concurrent.futures.ThreadPoolExecutor(1))
        started = asyncio.Event()
        waiter = asyncio.create_task(child(started), name="waiter")
        await started.wait()
        jobs = [asyncio.create_task(offload(), name=f"offload-{n}") for n in range(3)]
        await asyncio.sleep(0.2)
        time.sleep(0.25)  # held
        await asyncio.gather(*jobs)
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)

    asyncio.run(main())
"""
NS = 1_000_000_000


def valid(text: str) -> list[dict[str, Any]]:
    """The events of a trace that is as the format asks: opened and closed in pairs, no time going back on a track,
    every arrow with both its ends inside open slices."""
    trace = json.loads(text)
    assert set(trace) == {"displayTimeUnit", "otherData", "traceEvents"}
    events: list[dict[str, Any]] = trace["traceEvents"]
    open_slices: dict[int, list[str]] = defaultdict(list)
    latest: dict[int, float] = {}
    named = {event["tid"] for event in events if event["ph"] == "M" and event["name"] == "thread_name"}
    asynchronous: Counter[tuple[str, int]] = Counter()
    arrows: dict[int, list[tuple[str, float]]] = defaultdict(list)
    for event in events:
        phase = event["ph"]
        if phase == "M":
            continue
        assert event["ts"] >= 0
        if phase in "BEisf" and event.get("s") != "p":
            tid = event["tid"]
            assert tid in named
            assert event["ts"] >= latest.get(tid, 0), event
            latest[tid] = event["ts"]
            if phase == "B":
                open_slices[tid].append(event["name"])
            elif phase == "E":
                open_slices[tid].pop()
            elif phase in "sf":
                assert open_slices[tid], event
                arrows[event["id"]].append((phase, event["ts"]))
        elif phase == "b":
            asynchronous[event["cat"], event["id"]] += 1
        elif phase == "e":
            asynchronous[event["cat"], event["id"]] -= 1
        else:
            assert phase in "Ci", event
    assert not any(open_slices.values())
    assert not any(asynchronous.values())
    for ends in arrows.values():
        assert [phase for phase, _ in ends] == ["s", "f"]
        assert ends[0][1] <= ends[1][1]
    return events


def track(events: list[dict[str, Any]], name: str) -> int:
    """The thread that ends up with this name."""
    names = {
        event["tid"]: event["args"]["name"]
        for event in events
        if event["name" if "name" in event else "ph"] == "thread_name"
    }
    [tid] = [tid for tid, given in names.items() if given == name]
    return int(tid)


def slices(events: list[dict[str, Any]], tid: int) -> list[tuple[str, float, float]]:
    """Name, beginning and end of the slices of a track, in ms."""
    found: list[tuple[str, float, float]] = []
    opened: Optional[dict[str, Any]] = None
    for event in events:
        if event.get("tid") != tid:
            continue
        if event["ph"] == "B":
            opened = event
        elif event["ph"] == "E" and opened is not None:
            found.append((opened["name"], opened["ts"] / 1000, event["ts"] / 1000))
    return found


def arrow_ends(events: list[dict[str, Any]]) -> set[tuple[int, int]]:
    """From which track to which the arrows go."""
    starts = {event["id"]: event["tid"] for event in events if event["ph"] == "s"}
    return {(starts[event["id"]], event["tid"]) for event in events if event["ph"] == "f"}


@pytest.fixture
def recorded(programs: Programs) -> Path:
    """A recording of the program."""
    done = programs.run(PROGRAM, "--record", "a.loopscope")
    assert done.returncode == 0, done.stderr
    return programs.folder / "a.loopscope"


def export(programs: Programs, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the exporter."""
    return programs.python("-m", "loopscope", "export", *arguments, "--format", "perfetto")


def test_a_program(programs: Programs, recorded: Path) -> None:
    done = export(programs, recorded)
    assert (done.returncode, done.stderr) == (0, "")
    events = valid(done.stdout)
    [process] = [event for event in events if event["ph"] == "M" and event["name"] == "process_name"]
    assert process["args"] == {"name": "program.py"}

    loop = track(events, "loop 1 in MainThread")
    [(name, begins, ends)] = slices(events, loop)
    assert name == "block: time.sleep"
    assert ends - begins >= 250
    [block] = [event for event in events if event["ph"] == "B" and event["tid"] == loop]
    assert block["args"]["line"] == f"{programs.folder / 'program.py'}:{line_of(PROGRAM, 'held')} in main"
    assert block["args"]["cause"] == "sleep"

    [wait] = slices(events, track(events, "waiter"))
    assert wait[0].startswith("sleep")
    [ended] = [event for event in events if event["ph"] == "i" and event.get("tid") == track(events, "waiter")]
    # Watching from outside, how a task ended is not always seen.
    assert ended["name"] in ("cancelled", "finished")

    [worker] = {event["tid"] for event in events if event.get("cat") == "job"}
    jobs = slices(events, worker)
    assert [name for name, _, _ in jobs] == ["work"] * 3
    assert all(ends <= next_begins for (_, _, ends), (_, next_begins, _) in zip(jobs, jobs[1:]))
    waits = [event for event in events if event.get("cat") == "queue wait" and event["ph"] == "b"]
    assert {event["name"] for event in waits} == {"queued: work"}

    ends_of_arrows = arrow_ends(events)
    for number in range(3):
        assert (track(events, f"offload-{number}"), worker) in ends_of_arrows
    main = track(events, "Task-1")
    assert (main, track(events, "offload-2")) in ends_of_arrows

    [finding] = [event for event in events if event.get("cat") == "finding"]
    assert finding["name"] == "blocking"
    alive = [event["args"]["tasks"] for event in events if event["ph"] == "C" and event["name"] == "tasks alive"]
    assert max(alive) == 5


def test_to_a_file(programs: Programs, recorded: Path) -> None:
    done = export(programs, recorded, "--output", "trace.json")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert valid((programs.folder / "trace.json").read_text(encoding="utf-8"))


def test_one_that_breaks_off(programs: Programs, recorded: Path) -> None:
    whole = recorded.read_bytes()
    for share in (0.5, 0.7, 0.9):
        recorded.write_bytes(whole[: int(len(whole) * share)])
        done = export(programs, recorded)
        assert done.returncode == 0
        assert done.stderr == (
            f"loopscope: {recorded} breaks off, so this is what was known at its last whole frame.\n"
        )
        valid(done.stdout)


def update(seq: int, seconds: float, **changed: Any) -> bytes:
    """An update of a made-up program."""
    message = {
        "type": "update",
        "seq": seq,
        "time_ns": int(seconds * NS),
        "snapshot": False,
        "partial": False,
        "dropped": {"events": 0, "frames": 0},
        "overhead_ns": 0,
    }
    return encode({**message, **changed})


def hello() -> bytes:
    """The greeting of a made-up program."""
    process = {"pid": 7, "parent_pid": 1, "python": "3.12.1", "implementation": "cpython"}
    return encode(
        {
            "type": "hello",
            "format": "loopscope",
            "protocol": protocol.PROTOCOL_VERSION,
            "version": "0.1.0",
            "process": {**process, "executable": "python", "argv": ["/app/api.py"], "cwd": "/"},
            "session": "",
            "level": "watch",
            "threshold_ms": 100,
            "clock": {"wall_ms": 0},
            "commands": [],
        }
    )


def task(number: int, seconds: float, **changed: Any) -> dict[str, Any]:
    """A task that waits."""
    since = int(seconds * NS)
    wait = {"kind": "future", "label": "Future", "since_ns": since, "object": 1, "until_ns": None, "tasks": []}
    record = {"id": number, "loop": 1, "name": f"t{number}", "coroutine": "f", "coroutine_site": None}
    record.update(created_site=None, parent=None, created_ns=since, state="waiting", since_ns=since, exception=None)
    return {**record, "wait": {**wait, "executor": None}, **changed}


def test_a_program_killed_in_a_block_shows_it_to_the_end(programs: Programs) -> None:
    block = {"started_ns": 2 * NS, "duration_ns": NS, "site": None, "callee": "requests.get", "cause": "io"}
    loop = {"id": 1, "class": "L", "thread": "MainThread", "thread_id": 1, "state": "blocked", "since_ns": 2 * NS}
    loop.update(iterations=None, ready=0, timers=0, lag_ms={"p50": 0, "p99": 0, "max": 0, "count": 0})
    loop.update(block={**block, "task": None, "victims": 0, "stack": []})
    path = programs.folder / "killed.loopscope"
    path.write_bytes(hello() + update(1, 3, snapshot=True, loops=[loop]) + update(2, 4))
    events = valid(export(programs, path).stdout)
    assert slices(events, track(events, "loop 1 in MainThread")) == [("block: requests.get", 2000.0, 4000.0)]


def test_how_a_task_ended(programs: Programs) -> None:
    ends = [
        task(1, 1, state="cancelled", since_ns=2 * NS, wait=None),
        task(2, 1, state="failed", since_ns=3 * NS, wait=None, exception="ValueError: no"),
    ]
    path = programs.folder / "ends.loopscope"
    path.write_bytes(hello() + update(1, 1, snapshot=True, tasks=[task(1, 1), task(2, 1)]) + update(2, 4, tasks=ends))
    events = valid(export(programs, path).stdout)
    moments = [(event["name"], event["ts"], event["args"]) for event in events if event["ph"] == "i"]
    assert moments == [("cancelled", 2e6, {}), ("failed", 3e6, {"exception": "ValueError: no"})]
    lives = [(event["ph"], event["ts"]) for event in events if event.get("cat") == "task" and event["ph"] in "be"]
    assert lives == [("b", 1e6), ("e", 2e6), ("b", 1e6), ("e", 3e6)]


def test_a_task_that_a_later_snapshot_lacks_has_ended(programs: Programs) -> None:
    path = programs.folder / "gap.loopscope"
    first = update(1, 1, snapshot=True, tasks=[task(1, 1), task(2, 1)])
    later = update(9, 5, snapshot=True, partial=True, tasks=[task(1, 1)]) + update(10, 5, snapshot=True)
    path.write_bytes(hello() + first + later + update(11, 6))
    events = valid(export(programs, path).stdout)
    assert slices(events, track(events, "t1")) == [("Future", 1000.0, 6000.0)]
    assert slices(events, track(events, "t2")) == [("Future", 1000.0, 5000.0)]


def test_memory_does_not_grow_with_the_recording(programs: Programs) -> None:
    path = programs.folder / "long.loopscope"

    def record(updates: int) -> None:
        with path.open("wb") as file:
            file.write(hello())
            for n in range(1, updates + 1):
                ended = task(n - 1, n, state="finished", wait=None, name="x" * 200)
                file.write(update(n, n, tasks=[task(n, n, name="x" * 200), *([ended] if n > 1 else [])]))

    def peak() -> int:
        code = (
            "import sys, tracemalloc; from loopscope.perfetto import export; tracemalloc.start();"
            "export.export(sys.argv[1], sys.argv[2]); print(tracemalloc.get_traced_memory()[1])"
        )
        return int(programs.python("-c", code, path, programs.folder / "long.json").stdout)

    record(2_000)
    short = peak()
    record(8_000)
    assert peak() < short * 1.3


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(None, "cannot be read (No such file or directory): check the path.", id="missing"),
        pytest.param(b"", "is no Loopscope recording: it does not begin with a greeting.", id="empty"),
        pytest.param(b"hello, world", "is no Loopscope recording: it does not begin with a greeting.", id="text"),
        pytest.param(
            hello() + encode({"type": "update", "snapshot": True}),
            "holds a message that this version does not understand.",
            id="message without its parts",
        ),
    ],
)
def test_what_is_no_recording(programs: Programs, content: Optional[bytes], sentence: str) -> None:
    path = programs.folder / "foreign.loopscope"
    if content is not None:
        path.write_bytes(content)
    done = export(programs, path, "--output", "trace.json")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"loopscope: {path} {sentence}\n")
    assert not (programs.folder / "trace.json").exists()


def test_places_that_cannot_be_written(programs: Programs, recorded: Path) -> None:
    done = export(programs, recorded, "--output", "no/such/folder.json")
    assert (done.returncode, done.stderr) == (
        2,
        "loopscope: no/such/folder.json cannot be written (No such file or directory): name another file.\n",
    )
    before = recorded.read_bytes()
    done = export(programs, recorded, "--output", recorded)
    assert done.returncode == 2
    assert done.stderr == f"loopscope: {recorded} is the recording itself: name another file for the trace.\n"
    assert recorded.read_bytes() == before


def test_a_reader_that_goes_away(programs: Programs, recorded: Path) -> None:
    command = [sys.executable, "-m", "loopscope", "export", str(recorded), "--format", "perfetto"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait() == 2
    assert errors == "loopscope: the trace could not be written to the standard output (Broken pipe).\n"


def test_no_format(programs: Programs) -> None:
    done = programs.python("-m", "loopscope", "export", "a.loopscope")
    assert done.returncode == 2
    assert "--format" in done.stderr
