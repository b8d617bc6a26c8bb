# loopscope: finding rule=wrong-thread line=call count=1
# loopscope: finding rule=wrong-thread line=result count=1
"""A thread puts things into a loop that sleeps, and nobody wakes it; another does it as it shall be done."""

import asyncio
import threading
import time


def said(done):
    done.append(1)


def put(loop, done):
    while len(done) < 6:
        loop.call_soon(said, done)  # <- call
        time.sleep(0.3)


def complete(futures):
    for future in futures:
        time.sleep(0.3)
        future.set_result(None)  # <- result


def put_well(loop, done):
    for _ in range(20):
        loop.call_soon_threadsafe(done.append, 1)
        time.sleep(0.02)


async def run_in_thread(function, *arguments):
    thread = threading.Thread(target=function, args=arguments, name=function.__name__)
    thread.start()
    while thread.is_alive():
        await asyncio.sleep(1)


async def wait_for_results(futures):
    for future in futures:
        await future


async def main():
    loop = asyncio.get_running_loop()
    done = []
    await run_in_thread(put_well, loop, [])
    await run_in_thread(put, loop, done)
    futures = [loop.create_future() for _ in range(6)]
    waiting = asyncio.create_task(wait_for_results(futures), name="waiting")
    await run_in_thread(complete, futures)
    await waiting
    print("done")


asyncio.run(main())
