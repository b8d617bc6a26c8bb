"""What a viewer is told about a running program."""

from __future__ import annotations

import socket
import sys

import pytest
from conftest import Viewer, line_of

from loopscope import protocol

IDLE = """
    import asyncio, sys

    async def wait_for_input():
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

    async def main():
        await wait_for_input()
        print("ended")

    asyncio.run(main())
"""


def end(process):
    out, err = process.communicate("\n", timeout=60)
    return process.returncode, out, err


def test_introduces_the_process_and_sends_a_snapshot_first(viewer: Viewer) -> None:
    process = viewer.start(viewer.programs.write(IDLE), "one", "two")
    connection = viewer.accept()
    hello = connection.welcome()
    assert connection.messages[0] == {"type": "auth", "protocol": 1, "token": viewer.token, "role": "runtime"}
    assert hello["process"]["pid"] == process.pid
    assert hello["process"]["argv"][1:] == ["one", "two"]
    assert hello["session"] == "session-1"
    assert (hello["format"], hello["level"], hello["threshold_ms"]) == ("loopscope", "watch", 100)
    first = connection.until_type("update")
    assert (first["seq"], first["snapshot"]) == (1, True)
    connection.until(lambda _: connection.task("Task-1"))
    assert end(process) == (0, "ended\n", "")
    messages = connection.rest()
    assert messages[-1]["type"] == "bye"
    assert messages[-1]["reason"] == "exit"
    updates = [message for message in messages if message["type"] == "update"]
    assert [update["seq"] for update in updates] == list(range(1, len(updates) + 1))
    assert updates[-1]["dropped"] == {"events": 0, "frames": 0}
    counts = updates[-1]["task_counts"]
    assert counts["created"] == counts["finished"] + counts["cancelled"] + counts["failed"] + counts["alive"]
    assert counts["alive"] == 0


def test_names_the_block_while_it_happens(viewer: Viewer) -> None:
    source = """
        import asyncio, sys

        async def main():
            await asyncio.sleep(0)
            sys.stdin.readline()  # held
            print("ended")

        asyncio.run(main())
    """
    process, connection = viewer.watch(source)

    def open_block(_):
        return next((loop["block"] for loop in connection.tables.loops.records() if loop["block"]), None)

    block = connection.until(open_block)
    site = connection.site(block["site"])
    assert (site["line"], site["function"], site["user"]) == (line_of(source, "held"), "main", True)
    assert block["duration_ns"] >= 100_000_000
    assert block["callee"] == "_io.TextIOWrapper.readline"
    loop = next(connection.tables.loops.records())
    assert loop["state"] == "blocked"
    assert connection.tables.blocks.identifiers() == []
    assert end(process)[:2] == (0, "ended\n")
    connection.rest()
    (block,) = connection.tables.blocks.records()
    assert (block["count"], block["cause"]) == (1, "io")
    (finding,) = connection.tables.findings.records()
    assert (finding["rule"], finding["site"]) == ("blocking", block["site"])


def test_a_wait_begins_anew_when_the_task_has_run_meanwhile(viewer: Viewer) -> None:
    source = """
        import asyncio, sys

        async def consume(queue):
            while True:
                await queue.get()

        async def main():
            loop, queue = asyncio.get_running_loop(), asyncio.Queue()
            consumer = asyncio.create_task(consume(queue), name="consumer")
            while await loop.run_in_executor(None, sys.stdin.readline) != "end\\n":
                queue.put_nowait(None)
            consumer.cancel()

        asyncio.run(main())
    """
    process, connection = viewer.watch(source)

    def waits(_):
        task = connection.task("consumer")
        return task if task is not None and task["wait"] is not None else None

    first = connection.until(waits)
    process.stdin.write("\n")
    process.stdin.flush()
    again = connection.until(lambda _: connection.task("consumer")["wait"] not in (None, first["wait"]))
    assert again
    second = connection.task("consumer")
    assert second["wait"]["since_ns"] > first["wait"]["since_ns"]
    assert {**second["wait"], "since_ns": 0} == {**first["wait"], "since_ns": 0}
    assert second["since_ns"] > first["since_ns"]
    assert process.communicate("end\n", timeout=60) == ("", "")


WAITS = """
    import asyncio, sys

    async def main():
        loop = asyncio.get_running_loop()
        lock, event, queue, full = asyncio.Lock(), asyncio.Event(), asyncio.Queue(), asyncio.Queue(1)
        semaphore, condition = asyncio.Semaphore(0), asyncio.Condition()
        await lock.acquire()
        full.put_nowait(1)
        future = loop.create_future()
        left, right = __import__("socket").socketpair()
        left.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=right)
        tasks = []

        def start(name, coroutine):
            tasks.append(asyncio.create_task(coroutine, name=name))
            return tasks[-1]

        async def waits_for(awaitable):
            await awaitable

        async def held(condition):
            async with condition:
                await condition.wait()

        async def numbers():
            await event.wait()
            yield 1

        async def iterates():
            async for _ in numbers():
                pass

        sleeper = start("sleep", asyncio.sleep(1000))
        start("lock", lock.acquire())
        start("event", event.wait())
        start("queue-get", queue.get())
        start("queue-put", full.put(2))
        start("semaphore", semaphore.acquire())
        start("condition", held(condition))
        start("future", waits_for(future))
        start("task", waits_for(sleeper))
        start("gather", waits_for(asyncio.gather(sleeper, future)))
        start("wait", asyncio.wait([sleeper]))
        start("wait_for", asyncio.wait_for(event.wait(), 1000))
        start("shield", waits_for(asyncio.shield(sleeper)))
        start("stream-read", reader.readline())
        start("socket", loop.sock_recv(left, 1))
        start("generator", iterates())
        start("job", waits_for(loop.run_in_executor(None, sys.stdin.readline)))
        await tasks[-1]
        left.close()
        right.close()
        import os
        os._exit(0)

    asyncio.run(main())
"""

EXPECTED = {
    "sleep": ("sleep", "sleep 1000 s"),
    "lock": ("lock", "Lock"),
    "event": ("event", "Event"),
    "queue-get": ("queue-get", "Queue.get, 0 queued"),
    "queue-put": ("queue-put", "Queue.put, 1 of 1 queued"),
    "semaphore": ("semaphore", "Semaphore"),
    "condition": ("condition", "Condition"),
    "future": ("future", "Future"),
    "task": ("task", "task sleep"),
    "gather": ("gather", "gather: 2 of 2 still out"),
    "wait": ("gather", "wait: 1 of 1 still out"),
    "wait_for": ("event", "Event"),
    "shield": ("task", "shield of task sleep"),
    "stream-read": ("stream-read", "StreamReader.readline"),
    "socket": ("socket", "sock_recv"),
    "generator": ("event", "Event"),
    "job": ("job", "job TextIOWrapper.readline on asyncio_0"),
}


def test_says_what_each_task_waits_on(viewer: Viewer) -> None:
    process, connection = viewer.watch(WAITS)

    def all_wait(_):
        return all((connection.task(name) or {}).get("wait") for name in EXPECTED)

    connection.until(all_wait)
    connection.until(lambda _: connection.task("job")["wait"]["label"].endswith("asyncio_0"))
    found = {name: connection.task(name) for name in EXPECTED}
    told = {name: (task["wait"]["kind"], task["wait"]["label"]) for name, task in found.items()}
    expected = dict(EXPECTED)
    if sys.version_info < (3, 12):
        # wait_for makes a task of the coroutine it is given.
        inner = next(
            each for each in connection.tables.tasks.records() if each["id"] in found["wait_for"]["wait"]["tasks"]
        )
        expected["wait_for"] = ("task", f"task {inner['name']}")
    assert told == expected
    assert found["sleep"]["wait"]["until_ns"] > 900_000_000_000
    assert found["wait_for"]["wait"]["until_ns"] > 900_000_000_000
    assert found["task"]["wait"]["tasks"] == [found["sleep"]["id"]]
    assert found["gather"]["wait"]["tasks"] == [found["sleep"]["id"]]
    assert found["shield"]["wait"]["object"] == found["task"]["wait"]["object"]
    assert found["event"]["wait"]["object"] == found["generator"]["wait"]["object"]
    executor = next(connection.tables.executors.records())
    assert found["job"]["wait"]["executor"] == executor["id"]
    assert (executor["busy"], executor["workers"], executor["default_of"]) == (1, 1, found["job"]["loop"])
    assert found["sleep"]["parent"] == connection.task("Task-1")["id"]
    assert connection.site(found["sleep"]["created_site"])["function"].endswith("start")
    assert end(process)[0] == 0


def test_sees_a_task_that_is_made_without_create_task(viewer: Viewer) -> None:
    source = """
        import asyncio, sys

        async def main():
            loop = asyncio.get_running_loop()
            task = asyncio.Task(asyncio.sleep(1000), loop=loop, name="direct")
            await loop.run_in_executor(None, sys.stdin.readline)

        asyncio.run(main())
    """
    process, connection = viewer.watch(source)
    task = connection.until(lambda _: connection.task("direct"))
    assert (task["coroutine"], task["wait"]["kind"]) == ("sleep", "sleep")
    assert end(process)[0] == 0
    connection.rest()
    assert connection.tables.task_counts["cancelled"] == 1


def test_answers_requests(viewer: Viewer) -> None:
    source = """
        import asyncio, sys

        async def inner():
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)  # innermost

        async def main():
            await inner()  # outermost

        asyncio.run(main())
    """
    process, connection = viewer.watch(source)
    task = connection.until(lambda _: connection.task("Task-1"))
    connection.send({"type": "request", "id": 7, "command": "await-stack", "task": task["id"]})
    answer = connection.until_type("response")
    assert (answer["id"], answer["error"]) == (7, None)
    lines = [(frame["function"], frame["line"]) for frame in answer["frames"]]
    assert lines == [("main", line_of(source, "outermost")), ("inner", line_of(source, "innermost"))]

    connection.send({"type": "request", "id": 8, "command": "await-stack", "task": 999})
    assert connection.until_type("response")["error"] == "The task has ended."
    connection.send({"type": "request", "id": 9, "command": "set-threshold", "threshold_ms": 50})
    assert connection.until_type("response") == {"type": "response", "id": 9, "error": None}
    connection.send({"type": "request", "id": 10, "command": "sing"})
    assert connection.until_type("response")["error"] == "The command 'sing' is unknown to this runtime."
    connection.send({"type": "request", "id": 11, "command": "snapshot"})
    assert connection.until_type("response")["id"] == 11
    again = connection.until(lambda message: message if message.get("snapshot") else None)
    assert [loop["id"] for loop in again["loops"]] == [1]
    assert end(process)[0] == 0


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b'\x00\x00\x00\x23J{"type":"refuse","reason":"No such."}', id="refuse"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="garbage"),
        pytest.param(b"\x7f\xff\xff\xffJ", id="oversize"),
        pytest.param(b"\x00\x00\x00\x02J[]", id="no message"),
        pytest.param(b"", id="hangs up"),
    ],
)
def test_runs_on_when_the_viewer_is_no_good(viewer: Viewer, answer: bytes) -> None:
    process = viewer.start(viewer.programs.write(IDLE))
    connection = viewer.accept()
    connection.until_type("hello")
    connection.socket.sendall(answer)
    if not answer:
        connection.socket.shutdown(socket.SHUT_RDWR)
    assert all(message["type"] in ("auth", "hello") for message in connection.rest())
    assert end(process) == (0, "ended\n", "")


def test_runs_on_when_nobody_listens(viewer: Viewer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    process = viewer.start(viewer.programs.write(IDLE), LOOPSCOPE_CONNECT=f"tcp:127.0.0.1:{port}")
    assert end(process) == (0, "ended\n", "")


def test_runs_on_when_the_viewer_stops_reading(viewer: Viewer) -> None:
    source = """
        import asyncio

        async def main():
            await asyncio.sleep(0.2)
            for _ in range(30):
                tasks = [asyncio.create_task(asyncio.sleep(0.01), name="x" * 4000) for _ in range(300)]
                await asyncio.gather(*tasks)
            print("ended")

        asyncio.run(main())
    """
    process, connection = viewer.watch(source)
    connection.until_type("update")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "ended\n", "")


def test_a_forked_child_introduces_itself(viewer: Viewer) -> None:
    source = """
        import asyncio, os, sys, warnings
        warnings.simplefilter("error")

        async def main():
            await asyncio.sleep(0.05)

        asyncio.run(main())
        pid = os.fork()
        asyncio.run(main())
        if pid == 0:
            sys.exit(5)
        sys.exit(os.waitpid(pid, 0)[1] >> 8)
    """
    process, parent = viewer.watch(source)
    child = viewer.accept()
    hello = child.welcome()
    assert hello["process"]["parent_pid"] == process.pid
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (5, "", "")
    assert child.rest()[-1]["type"] == "bye"
    assert child.tables.task_counts["created"] >= 1
    assert parent.rest()[-1]["type"] == "bye"


def test_says_which_child_it_cannot_enter(viewer: Viewer) -> None:
    source = """
        import asyncio, subprocess, sys

        async def main():
            subprocess.run([sys.executable, "-c", "pass"])
            subprocess.run([sys.executable, "-I", "-c", "pass"])
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

        asyncio.run(main())
    """
    process, connection = viewer.watch(source)
    notice = connection.until_type("notice")
    assert notice["code"] == "child-not-inspected"
    assert "-I -c pass" in notice["message"]
    assert end(process)[0] == 0
    assert [message["type"] for message in connection.rest()].count("notice") == 1


def test_a_child_process_is_watched_through_the_environment(viewer: Viewer) -> None:
    child = viewer.programs.write("import asyncio; asyncio.run(asyncio.sleep(0.05))", "child.py")
    source = f"""
        import asyncio, subprocess, sys
        asyncio.run(asyncio.sleep(0))
        sys.exit(subprocess.run([sys.executable, {str(child)!r}]).returncode)
    """
    process, _ = viewer.watch(source)
    hello = viewer.accept().welcome()
    assert hello["process"]["argv"] == [str(child)]
    assert hello["process"]["parent_pid"] == process.pid
    assert process.wait(60) == 0


def test_speaks_the_version_it_was_built_for() -> None:
    assert protocol.PROTOCOL_VERSION == 1
