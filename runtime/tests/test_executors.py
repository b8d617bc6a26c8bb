"""What is kept of pools, in a program that makes any number of them."""

from __future__ import annotations

import json

from conftest import Programs, line_of

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
