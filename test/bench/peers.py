"""What others cost, beside Loopscope: `python peers.py [--rounds N] [--only NAME,…]`.

Prints the ratio of processor time under each of them to that without, for those that are installed in this
interpreter. See README.md in this folder for how to read it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.metadata
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any, Callable, Optional

from paired import AGAIN, TRACE, WATCH, WITHOUT, asked_for, configured
from service import running_service
from workloads import WORKLOADS

SERVICE = "aiohttp service"
NAMES = ("task switch", "task creation", SERVICE)
#: Begins the line with the figure; peers print as well.
SECONDS = "processor seconds:"


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


async def aiocop() -> None:
    """Slow callbacks over 100 ms and calls that block, with samples of the stack."""
    import aiocop

    aiocop.patch_audit_functions()
    aiocop.start_blocking_io_detection()
    aiocop.detect_slow_tasks(threshold_ms=100)
    aiocop.activate()


async def aiomonitor() -> None:
    """The list of tasks, with where each was created."""
    import aiomonitor

    loop = asyncio.get_running_loop()
    ports = {name: free_port() for name in ("port", "webui_port")}
    aiomonitor.start_monitor(loop, console_enabled=False, hook_task_factory=True, **ports).__enter__()


async def viztracer() -> None:
    """Every call, with the task that made it."""
    from viztracer import VizTracer

    VizTracer(log_async=True, verbose=0).start()


async def pyleak() -> None:
    """Blocks over 100 ms, with the stack."""
    import pyleak

    await pyleak.no_event_loop_blocking(action="log", threshold=0.1).__aenter__()


async def asyncviz() -> None:
    """All of it, with nobody looking."""
    import asyncviz

    asyncviz.start(port=free_port(), open_browser=False, frontend_mode="api-only", log_level="CRITICAL")


#: What puts each into the running loop, for good: not all of them can be taken out. Named like its package.
PEERS: dict[str, Callable[[], Awaitable[None]]] = {
    each.__name__: each for each in (aiocop, aiomonitor, viztracer, pyleak, asyncviz)
}
CONFIGURATIONS = (WITHOUT, AGAIN, WATCH, TRACE, *PEERS)


@contextlib.asynccontextmanager
async def work(name: str) -> AsyncIterator[Callable[[], Any]]:
    """A coroutine function that does a fixed amount of work and returns the processor seconds it took."""
    if name == SERVICE:
        async with running_service() as service:
            yield service.seconds
        return

    async def timed() -> float:
        start = time.process_time()
        await WORKLOADS[name]()
        # What was only noted is worked off by then.
        await asyncio.sleep(0.25)
        return time.process_time() - start

    yield timed


async def measure_on_demand(configuration: str, name: str) -> None:
    """Do the work under one configuration for each line of standard input, and print the seconds."""
    loop = asyncio.get_running_loop()
    if configuration in PEERS:
        await PEERS[configuration]()
    with configured(configuration):
        async with work(name) as seconds:
            while await loop.run_in_executor(None, sys.stdin.readline):
                print(SECONDS, await seconds(), flush=True)


class Worker:
    """A process that does the work under one configuration when it is its turn."""

    def __init__(self, configuration: str, name: str) -> None:
        self.configuration = configuration
        #: Why nothing can be measured, None while it can.
        self.fault: Optional[str] = None
        self.seconds: list[float] = []
        command = [sys.executable, str(Path(__file__).resolve()), "--worker", configuration, "--only", name]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True)

    def measure(self) -> None:
        """Do the work once."""
        assert self._process.stdin is not None and self._process.stdout is not None
        if self.fault is not None:
            return
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        last = ""
        for line in self._process.stdout:
            if line.startswith(SECONDS):
                self.seconds.append(float(line[len(SECONDS) :]))
                return
            last = line.strip() or last
        self.fault = last

    def end(self) -> None:
        """End the process, whatever its peer still has to say."""
        self._process.kill()
        self._process.communicate()


def measure(rounds: int, name: str) -> list[Worker]:
    """Measure some work under every configuration, one after the other in each round; the first one warms up."""
    workers = [Worker(configuration, name) for configuration in CONFIGURATIONS]
    try:
        for round_number in range(rounds + 1):
            first = round_number % len(workers)
            for worker in workers[first:] + workers[:first]:
                worker.measure()
    finally:
        for worker in workers:
            worker.end()
    return workers


def row(worker: Worker, without: Worker) -> str:
    """One line of the table."""
    name = worker.configuration
    label = f"{name} {importlib.metadata.version(name)}" if name in PEERS and worker.fault is None else name
    if worker.fault is not None or without.fault is not None:
        return f"  {label:20}not measured: {worker.fault or without.fault}"
    ratios = [mine / base for mine, base in zip(worker.seconds[1:], without.seconds[1:])]
    low, median, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return f"  {label:20}{median:7.2f}  [{low:.2f} {high:.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what others cost, beside Loopscope.")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of every configuration (default: 9)")
    parser.add_argument("--only", default=",".join(NAMES), help=f"some of: {', '.join(NAMES)}")
    parser.add_argument("--worker", choices=CONFIGURATIONS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    names = asked_for(parser, arguments, NAMES)
    if arguments.worker is not None:
        asyncio.run(measure_on_demand(arguments.worker, names[0]))
        return
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {arguments.rounds} rounds, load {load:.1f}: ratio of processor time")
    for name in names:
        without, *others = measure(arguments.rounds, name)
        base = f", {statistics.median(without.seconds[1:]) * 1000:.0f} ms without" if without.fault is None else ""
        print(f"{name}{base}", flush=True)
        for worker in others:
            print(row(worker, without), flush=True)


if __name__ == "__main__":
    main()
