"""What is kept of pools, in a program that makes any number of them."""

from __future__ import annotations

import gc
import json
import weakref
from concurrent.futures import Future, ProcessPoolExecutor

from conftest import Programs, Viewer, line_of

from loopscope.clock import Clock
from loopscope.executors import ExecutorRegistry
from loopscope.sites import SiteTable

POOL_FOR_EVERY_CALL = """
    import asyncio, concurrent.futures, time

    def call():
        pool = concurrent.futures.ThreadPoolExecutor(1)
        pool.submit(int).result()  # submitted
        pool.shutdown()

    async def main():
        loop = asyncio.get_running_loop()
        for number in range(1005):
            call()
            if number % 20 == 0:
                await asyncio.sleep(0)
        await loop.run_in_executor(None, int)

    asyncio.run(main())
"""


def test_of_very_many_pools_the_oldest_are_forgotten_and_counted(programs: Programs) -> None:
    report = programs.report(POOL_FOR_EVERY_CALL)
    pools = report["executors"]
    # One is the loop's own.
    assert len(pools) == 1000
    assert report["dropped"]["events"] == 6
    assert pools[-1]["id"] == 1006
    assert {(pool["submitted"], pool["completed"]) for pool in pools} == {(1, 1)}
    (site,) = pools[0]["sites"]
    assert (site["line"], site["submitted"]) == (line_of(POOL_FOR_EVERY_CALL, "submitted"), 1)


def test_of_a_very_long_backlog_what_is_not_told_apart_is_counted(programs: Programs) -> None:
    source = """
        import asyncio, concurrent.futures, threading
        from loopscope import installation

        async def main():
            may_go_on = threading.Event()
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                pool.submit(may_go_on.wait)
                for number in range(20_009):
                    pool.submit(int)
                while installation.current().executors.untracked < 10:
                    await asyncio.sleep(0.01)
                may_go_on.set()

        asyncio.run(main())
    """
    report = programs.report(source)
    (pool,) = report["executors"]
    assert (pool["submitted"], pool["completed"]) == (20_010, 20_000)
    assert report["dropped"]["events"] == 10


def test_a_recording_names_the_thread_of_a_loop_that_has_stopped(programs: Programs) -> None:
    source = """
        import asyncio, threading

        async def nothing():
            pass

        thread = threading.Thread(target=lambda: asyncio.run(nothing()), name="short-lived")
        thread.start()
        thread.join()
    """
    assert programs.run(source, "--record", "r.loopscope").returncode == 0
    read = programs.python("-m", "loopscope", "report", "--report-format", "json", "r.loopscope")
    assert read.returncode == 0, read.stderr
    assert [loop["thread"] for loop in json.loads(read.stdout)["loops"]] == ["short-lived"]


OUTCOMES = """
    import asyncio, concurrent.futures, threading

    class NotToday(Exception):
        pass

    def well():
        return 1

    def badly():
        raise NotToday("a secret of the program")

    async def main():
        loop = asyncio.get_running_loop()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            await loop.run_in_executor(pool, well)  # well
            try:
                await loop.run_in_executor(pool, badly)  # badly
            except NotToday:
                pass
            may_go_on = threading.Event()
            pool.submit(may_go_on.wait)
            pool.submit(well).cancel()
            may_go_on.set()

    asyncio.run(main())
"""


def test_says_how_each_job_ended(viewer: Viewer) -> None:
    process, connection = viewer.watch(OUTCOMES)
    connection.rest()
    assert process.wait(30) == 0
    (pool,) = connection.tables.executors.records()
    assert (pool["submitted"], pool["completed"], pool["failed"], pool["cancelled"]) == (4, 3, 1, 1)
    ended = {(job["function"], job["outcome"], job["exception"]): job for job in pool["ended"]}
    assert set(ended) == {
        ("well", "done", None),
        ("badly", "failed", "NotToday"),
        ("Event.wait", "done", None),
        ("well", "cancelled", None),
    }
    assert ended["well", "cancelled", None]["started_ns"] is None
    failed = ended["badly", "failed", "NotToday"]
    assert connection.site(failed["site"])["line"] == line_of(OUTCOMES, "badly")
    assert failed["started_ns"] <= failed["ended_ns"]
    assert b"a secret of the program" not in connection.received


class NotToday(Exception):
    """Can be referred to weakly, other than the exceptions that are built in."""


def test_says_how_jobs_of_a_process_pool_ended_and_keeps_nothing_of_them() -> None:
    registry = ExecutorRegistry(SiteTable(), Clock())
    with ProcessPoolExecutor(1) as pool:
        futures: list[Future[int]] = [Future() for _ in range(3)]
        for name, future in zip(("well", "badly", "never"), futures):
            future.add_done_callback(registry.submitted(pool, future, name, None, 0, 0, True).process_done)
        registry.poll()
        well, badly, never = futures
        well.set_running_or_notify_cancel()
        well.set_result(1)
        badly.set_running_or_notify_cancel()
        error = NotToday("no")
        badly.set_exception(error)
        never.cancel()
        registry.poll()
        (record,) = registry.records(lambda _: None, lambda _: None)
        assert [(job["function"], job["outcome"], job["exception"]) for job in record["ended"]] == [
            ("well", "done", None),
            ("badly", "failed", "NotToday"),
            ("never", "cancelled", None),
        ]
        assert (record["completed"], record["failed"], record["cancelled"]) == (2, 1, 1)
        left = weakref.ref(error)
        del error, future, futures, well, badly, never
        gc.collect()
        assert left() is None
