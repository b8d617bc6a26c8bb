"""What looking costs on the aiohttp service, with its load in a second process."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from pathlib import Path

from paired import DEBUG, Rounds, configured, rotated

FOLDER = Path(__file__).resolve().parents[1] / "service"
ROUTES = ["hello", "hello", "query", "offload", "sleep"]
REQUESTS = 800
# What is done once after `install()`, such as telling the program's files from libraries, is not what looking costs.
WARM_UP_REQUESTS = 100
CONNECTIONS = 16


async def measure_service(rounds: int) -> Rounds:
    """Serves the same requests under each configuration in turn, in one loop of one process.

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
    measured = Rounds()
    try:
        for round_number in range(rounds + 1):
            for configuration in rotated(round_number):
                seconds = await _serve_once(load, runner.addresses[0][1], configuration)
                measured.add(round_number, configuration, seconds)
    finally:
        load.kill()
        await load.wait()
        await runner.cleanup()
        app[POOL].shutdown()
    return measured


async def _serve_once(load: asyncio.subprocess.Process, port: int, configuration: str) -> float:
    loop = asyncio.get_running_loop()
    with configured(configuration):
        loop.set_debug(configuration == DEBUG)
        await _send(load, port, WARM_UP_REQUESTS)
        gc.collect()
        start = time.process_time()
        await _send(load, port, REQUESTS)
        seconds = time.process_time() - start
        loop.set_debug(False)
    return seconds


async def _send(load: asyncio.subprocess.Process, port: int, requests: int) -> None:
    assert load.stdin is not None and load.stdout is not None
    command = f"{port} --requests {requests} --connections {CONNECTIONS} {' '.join(ROUTES)}\n"
    load.stdin.write(command.encode())
    answers = json.loads(await load.stdout.readline())
    if sum(answers.values()) != requests or not all(key.endswith(" 200") for key in answers):
        raise RuntimeError(f"the service answered {answers} to {requests} requests")
