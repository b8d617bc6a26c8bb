"""Is killed at the moment that its argument names; at none of them it goes on for ever."""

import atexit
import os
import signal
import sys
import threading
import time


def die(moment):
    if moment in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)


die("first")
import asyncio  # noqa: E402

die("imported")
atexit.register(die, "last")


async def main():
    loop = asyncio.get_running_loop()
    die("in a callback")
    if "while it jams" in sys.argv:
        threading.Thread(target=die, args=sys.argv[1:]).start()
        time.sleep(3600)
    if "in a worker thread" in sys.argv:
        await loop.run_in_executor(None, die, *sys.argv[1:])
    if "last" in sys.argv:
        return
    print("ready", flush=True)
    if "jams" in sys.argv:
        time.sleep(3600)
    await asyncio.sleep(3600)  # sleeps


asyncio.run(main())
