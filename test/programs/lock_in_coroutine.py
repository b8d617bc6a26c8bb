# loopscope: blocks line=acquire callee=* cause=lock count=1 max-seconds=0.3..
# loopscope: blocks line=event callee=threading.Event.wait cause=lock count=1 max-seconds=0.3..
# loopscope: blocks line=join callee=threading.Thread.join cause=lock count=1 max-seconds=0.3..
# loopscope: blocks line=get callee=queue.Queue.get cause=lock count=1 max-seconds=0.3..
# loopscope: exit 0
"""A coroutine waits for other threads: by a lock, an event, a queue and a join."""

from __future__ import annotations

import asyncio
import queue
import threading
import time


def hold(lock: threading.Lock, held: threading.Event) -> None:
    with lock:
        held.set()
        time.sleep(0.5)


def after(seconds: float, event: threading.Event, items: queue.Queue[str]) -> None:
    time.sleep(seconds)
    event.set()
    time.sleep(seconds)
    items.put("item")
    time.sleep(seconds)


async def main() -> None:
    lock = threading.Lock()
    held = threading.Event()
    holder = threading.Thread(target=hold, args=(lock, held))
    holder.start()
    while not held.is_set():
        await asyncio.sleep(0.01)
    lock.acquire()  # <- acquire
    lock.release()
    print("acquired")
    await asyncio.sleep(0.05)

    event = threading.Event()
    items: queue.Queue[str] = queue.Queue()
    worker = threading.Thread(target=after, args=(0.4, event, items))
    worker.start()
    event.wait()  # <- event
    await asyncio.sleep(0.02)
    print(items.get())  # <- get
    await asyncio.sleep(0.02)
    worker.join()  # <- join
    print("joined")


if __name__ == "__main__":
    asyncio.run(main())
