"""An office with two couriers: one holds its own loop, the other is suspended for a while and then killed."""

import asyncio
import os
import signal
import sys


async def start(number: int) -> asyncio.subprocess.Process:
    """Start a courier that is recorded too, and wait until it is on its way."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "courier.py")
    command = ["-m", "loopscope", "run", "--record", f"courier-{number}.loopscope", script, str(number)]
    courier = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    assert courier.stdout is not None
    await courier.stdout.readline()
    return courier


async def main() -> None:
    """Start both, and bring the second to a stop."""
    first, second = await start(1), await start(2)
    await asyncio.sleep(0.6)
    second.send_signal(signal.SIGSTOP)
    await asyncio.sleep(1.8)
    second.send_signal(signal.SIGCONT)
    await asyncio.sleep(0.6)
    second.kill()
    await asyncio.gather(first.wait(), second.wait())


asyncio.run(main())
