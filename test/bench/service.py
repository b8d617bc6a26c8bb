"""What looking costs on the aiohttp service, with its load in a second process."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

from paired import DEBUG, Rounds, configured, rotated

FOLDER = Path(__file__).resolve().parents[1] / "service"
ROUTES = ["hello", "hello", "query", "offload", "sleep"]
REQUESTS = 800
# What is done once after `install()`, such as telling the program's files from libraries, is not what looking costs.
WARM_UP_REQUESTS = 100
CONNECTIONS = 16


class Service:
    """The service and its load, both running."""

    def __init__(self, load: asyncio.subprocess.Process, port: int) -> None:
        self._load = load
        self._port = port

    async def seconds(self) -> float:
        """Have the requests sent and answered; returns the processor seconds that this process took."""
        await self._send(WARM_UP_REQUESTS)
        gc.collect()
        start = time.process_time()
        await self._send(REQUESTS)
        return time.process_time() - start

    async def _send(self, requests: int) -> None:
        assert self._load.stdin is not None and self._load.stdout is not None
        command = f"{self._port} --requests {requests} --connections {CONNECTIONS} {' '.join(ROUTES)}\n"
        self._load.stdin.write(command.encode())
        answers = json.loads(await self._load.stdout.readline())
        if sum(answers.values()) != requests or not all(key.endswith(" 200") for key in answers):
            raise RuntimeError(f"the service answered {answers} to {requests} requests")


@contextlib.asynccontextmanager
async def running_service() -> AsyncIterator[Service]:
    """Runs the service in this loop, and its load beside it.

    Raises `ImportError` when aiohttp is not installed and `RuntimeError` when an answer is not as it should be.
    """
    sys.path.insert(0, str(FOLDER))
    from aiohttp import web
    from app import POOL, make_app

    app = make_app()
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    load = await asyncio.create_subprocess_exec(
        sys.executable, str(FOLDER / "load.py"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Service(load, runner.addresses[0][1])
    finally:
        load.kill()
        await load.wait()
        await runner.cleanup()
        app[POOL].shutdown()


async def measure_service(rounds: int) -> Rounds:
    """Serves the same requests under each configuration in turn, in one loop of one process. Raises what
    `running_service` does."""
    measured = Rounds()
    loop = asyncio.get_running_loop()
    async with running_service() as service:
        for round_number in range(rounds + 1):
            for configuration in rotated(round_number):
                with configured(configuration):
                    loop.set_debug(configuration == DEBUG)
                    measured.add(round_number, configuration, await service.seconds())
                    loop.set_debug(False)
    return measured
