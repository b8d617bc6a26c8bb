"""What is kept of each task is little, also while many are made at once and nobody has worked off that they were."""

from __future__ import annotations

import subprocess
import sys

from conftest import PATIENCE_SECONDS, RUNTIME, clean_environment

# In a process of its own each, for asyncio's own registry grows by leaps: the most memory there was for each task.
PROGRAM = """
import asyncio, sys, tracemalloc
from loopscope.hooks.task_creation import TaskCreationHook
from loopscope.sites import SiteTable
from loopscope.tasks import TaskRegistry

COUNT = 10_000
sites = SiteTable()
registry = TaskRegistry(sites)
hook = TaskCreationHook(registry, sites.kinds, lambda: print("an error"))

async def main():
    event = asyncio.Event()
    tracemalloc.start()
    waiting = [asyncio.ensure_future(event.wait()) for _ in range(COUNT)]
    registry.drain()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(registry.counts()["alive"], peak // COUNT)
    event.set()
    await asyncio.wait(waiting)

if sys.argv[1] == "watched":
    hook.install()
asyncio.run(main())
"""
# From Python 3.14 on asyncio itself keeps no weak reference to a task, so the whole of ours is more than without.
LIMIT_BYTES = 220 if sys.version_info < (3, 14) else 300


def alive_and_bytes(how: str) -> tuple[int, int]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, how],
        env=clean_environment(PYTHONPATH=str(RUNTIME)),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert (done.returncode, done.stderr) == (0, "")
    alive, size = map(int, done.stdout.split())
    return alive, size


def test_a_task_takes_little_memory() -> None:
    none, without = alive_and_bytes("unwatched")
    # And the one that makes them.
    alive, with_runtime = alive_and_bytes("watched")
    assert (none, alive) == (0, 10_001)
    assert with_runtime - without < LIMIT_BYTES
