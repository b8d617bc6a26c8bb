"""Coming into a process and leaving it again."""

from __future__ import annotations

import json

from conftest import Programs, Viewer

STATE = """
    import asyncio, asyncio.base_events, asyncio.events, asyncio.tasks, concurrent.futures.thread, gc, os, subprocess
    import concurrent.futures.process, sys, threading

    try:
        import uvloop
    except ImportError:
        uvloop = None

    def state():
        loop = asyncio.base_events.BaseEventLoop
        registry = getattr(asyncio.tasks, "_scheduled_tasks", None)
        if registry is None:
            registry = asyncio.tasks._all_tasks
        eager = getattr(asyncio, "eager_task_factory", None)
        group = getattr(asyncio, "TaskGroup", None)
        return {
            "create_task": loop.create_task,
            "classes of loops": sorted(vars(asyncio.AbstractEventLoop)) + sorted(vars(uvloop.Loop) if uvloop else ()),
            "call_exception_handler": loop.call_exception_handler,
            "set_running_loop": asyncio.events._set_running_loop,
            "registry": sorted(vars(registry)),
            "eager tasks": eager and (eager.__closure__[0].cell_contents, asyncio.create_eager_task_factory),
            "task groups": group and group._abort,
            "thread items": sorted(vars(concurrent.futures.thread._WorkItem).items(), key=str),
            "process items": sorted(vars(concurrent.futures.process._WorkItem).items(), key=str),
            "cleanup": subprocess._cleanup,
            "collector": list(gc.callbacks),
            "finders": list(sys.meta_path),
            "threads": [thread.name for thread in threading.enumerate()],
            "system threads": len(os.listdir("/proc/self/task")),
            "files": sorted(os.listdir("/proc/self/fd")),
            "excepthook": sys.excepthook,
        }
"""


def test_leaves_nothing_behind(viewer: Viewer) -> None:
    source = (
        STATE
        + """
    # Its thread is there before and after.
    pool = concurrent.futures.thread.ThreadPoolExecutor(1)
    pool.submit(print, "first").result()
    before = state()
    import loopscope
    loopscope.install(record="r.loopscope")
    loopscope.install()

    async def main():
        await asyncio.gather(*(asyncio.sleep(0.05) for _ in range(10)))
        await asyncio.get_running_loop().run_in_executor(pool, print, "job")
        loopscope.uninstall()
        await asyncio.sleep(0.05)

    asyncio.run(main())
    after = state()
    changed = [name for name in before if before[name] != after[name]]
    print(changed)
    loopscope.uninstall()
    loopscope.install()
    asyncio.run(asyncio.sleep(0.05))
    loopscope.uninstall()
    print([name for name in before if before[name] != state()[name]])
    """
    )
    environment = {"PYTHONPATH": viewer.environment["PYTHONPATH"].replace("loopscope/bootstrap", "")}
    process = viewer.start(viewer.programs.write(source), **environment)
    first = viewer.accept()
    first.welcome()
    assert first.rest()[-1]["reason"] == "uninstall"
    second = viewer.accept()
    second.welcome()
    second.rest()
    out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == ("first\njob\n[]\n[]\n", "", 0)


def test_can_be_installed_while_a_loop_runs(programs: Programs) -> None:
    source = """
        import asyncio, time, loopscope

        async def sleeper():
            await asyncio.sleep(0.5)

        async def main():
            early = asyncio.create_task(sleeper())
            await asyncio.sleep(0)
            loopscope.install(record="r.loopscope", threshold_ms=150)
            await asyncio.sleep(0.3)
            time.sleep(0.25)
            await early

        asyncio.run(main())
    """
    done = programs.python(programs.write(source))
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(programs.python("-m", "loopscope", "report", "r.loopscope").stdout)
    assert report["loopscope"]["threshold_ms"] == 150
    assert len(report["loops"]) == 1
    assert report["tasks"]["created"] >= 2
    assert report["tasks"]["alive"] == 0
    (block,) = report["blocking"]
    assert (block["callee"], block["cause"]) == ("time.sleep", "sleep")


def test_counts_how_tasks_end(programs: Programs) -> None:
    source = """
        import asyncio

        async def fails():
            await asyncio.sleep(0)
            raise ValueError("x")

        async def main():
            kept = [asyncio.create_task(asyncio.sleep(0)) for _ in range(5)]  # finished
            kept += [asyncio.get_running_loop().create_task(fails()) for _ in range(3)]
            kept += [asyncio.ensure_future(asyncio.sleep(100)) for _ in range(2)]
            await asyncio.sleep(0)
            for task in kept[-2:]:
                task.cancel()
            await asyncio.wait(kept)
            asyncio.kept = kept

        asyncio.run(main())
    """
    tasks = programs.report(source)["tasks"]
    assert (tasks["cancelled"], tasks["failed"], tasks["alive"]) == (2, 3, 0)
    assert tasks["created"] == tasks["finished"] + 5
    by_line = {site["line"]: site["created"] for site in tasks["sites"]}
    assert by_line[9] == 5
    assert by_line[11] == 2


def test_keeps_no_task_alive(programs: Programs) -> None:
    source = """
        import asyncio, gc, weakref, loopscope
        loopscope.install(record="r.loopscope")

        class Marker:
            pass

        async def holds(marker):
            await asyncio.sleep(0.1)

        async def main():
            marker = Marker()
            seen = weakref.ref(marker)
            task = asyncio.create_task(holds(marker))
            watched = weakref.ref(task)
            del marker
            await task
            del task
            await asyncio.sleep(0)
            print(seen(), watched())

        asyncio.run(main())
    """
    done = programs.python(programs.write(source))
    assert (done.stdout, done.stderr) == ("None None\n", "")


def test_a_test_loop_with_its_own_clock_is_left_alone(programs: Programs) -> None:
    source = """
        import asyncio

        class FakeTime(asyncio.SelectorEventLoop):
            now = 0.0
            def time(self):
                return self.now
            def _run_once(self):
                if not self._ready and self._scheduled:
                    self.now = self._scheduled[0]._when
                super()._run_once()

        loop = FakeTime()
        loop.run_until_complete(asyncio.sleep(100_000))
        print(loop.now)
        loop.close()
    """
    done = programs.run(source, "--report", "r.json")
    assert (done.stdout, done.stderr) == ("100000.0\n", "")
    report = json.loads((programs.folder / "r.json").read_text())
    assert (report["loops"][0]["class"], report["blocking"]) == ("__main__.FakeTime", [])
