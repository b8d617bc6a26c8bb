"""A task with values that take long to say what they are, and at the end how often they were asked."""

import asyncio
import time

ASKED = []


class Sleepy:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        ASKED.append(self.name)
        time.sleep(10)
        return self.name


async def show():
    alone = Sleepy("alone")
    among = [Sleepy("first"), {"second": Sleepy("second")}]
    done = asyncio.Event()
    print("ready", flush=True)
    await done.wait()
    print(f"asked {len(ASKED)} times", bool(alone and among))


asyncio.run(show())
