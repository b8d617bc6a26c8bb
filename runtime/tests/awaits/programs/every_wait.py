"""One task for everything that a task can wait on. When all of them wait, it makes one more and waits for a line."""

import asyncio
import concurrent.futures
import os
import signal
import socket
import sys
import threading
import time

import anyio
import anyio.to_thread

release = threading.Event()
tasks = {}


def start(name, coroutine):
    tasks[name] = asyncio.ensure_future(coroutine)
    tasks[name].set_name(name)
    return tasks[name]


def getaddrinfo(*arguments):
    release.wait()


def later():
    pass


async def awaits(awaitable):
    return await awaitable


async def holds(lock, event):
    async with lock:
        await event.wait()


async def in_condition(condition):
    async with condition:
        await condition.wait()


async def in_condition_until(condition):
    async with condition:
        await condition.wait_for(lambda: False)


async def numbers(event):
    await event.wait()
    yield 1


async def doubled(event):
    async for each in numbers(event):
        yield 2 * each


async def iterates(event):
    async for _ in doubled(event):
        pass


async def as_completed(awaitables):
    for each in asyncio.as_completed(awaitables):
        await each


async def stopped_lookup(loop):
    await loop.getaddrinfo("localhost", 80)


async def tasks_of_asyncio(loop, event):
    lock, condition = asyncio.Lock(), asyncio.Condition()
    queue = asyncio.Queue()
    queue.put_nowait(1)
    sleepers = [start(f"sleeper {number}", asyncio.sleep(1000)) for number in (1, 2)]
    ended = start("ended", asyncio.sleep(0))
    await ended
    start("holder", holds(lock, event))
    await asyncio.sleep(0)
    start("wait_for lock", asyncio.wait_for(lock.acquire(), 1000))
    again = asyncio.Condition()
    start("condition again", in_condition(again))
    start("condition wait_for", in_condition_until(condition))
    await asyncio.sleep(0)
    # Told, but the lock is held from here on.
    await again.acquire()
    again.notify_all()
    start("queue join", queue.join())
    start("shielded future", awaits(asyncio.shield(loop.create_future())))
    start("nested generators", iterates(event))
    start("anext", awaits(numbers(event).__anext__()))
    start("first of", asyncio.wait([*sleepers, ended], timeout=1000, return_when=asyncio.ALL_COMPLETED))
    start("as completed", as_completed(sleepers))
    start("waiting gather", awaits(asyncio.gather(sleepers[0], ended)))
    if sys.version_info >= (3, 11):
        start("timeout", with_timeout(event))
        start("task group", in_task_group())
        start("barrier", asyncio.Barrier(2).wait())


async def with_timeout(event):
    async with asyncio.timeout(1000):
        await event.wait()


async def in_task_group():
    async with asyncio.TaskGroup() as group:
        for number in (1, 2):
            group.create_task(asyncio.sleep(1000), name=f"child {number}")


async def tasks_of_streams(loop, opened):
    for name in ("read", "readexactly", "readuntil"):
        left, right = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=left)
        opened += [right, writer]
        start(
            name,
            {"read": reader.read, "readexactly": reader.readexactly, "readuntil": reader.readuntil}[name](
                *{"read": (1,), "readexactly": (10,), "readuntil": ()}[name]
            ),
        )
    left, right = socket.socketpair()
    _, writer = await asyncio.open_connection(sock=left)
    writer.write(b"x" * 10_000_000)
    opened += [right, writer]
    start("drain", writer.drain())
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setblocking(False)
    start("accept", loop.sock_accept(listening))
    left, right = socket.socketpair()
    left.setblocking(False)
    opened += [right, left, listening]
    start("sendall", loop.sock_sendall(left, b"x" * 10_000_000))
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    start("server", server.serve_forever())
    # A server whose line of callers is full does not answer any more.
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    opened.append(full)
    for _ in range(4):
        caller = socket.socket()
        caller.setblocking(False)
        caller.connect_ex(full.getsockname())
        opened.append(caller)
    start("connect", asyncio.open_connection(*full.getsockname()))


def end_with_the_line(children):
    # Not by sys.stdin: a child that is forked meanwhile could not close it.
    os.read(0, 1)
    for child in children:
        os.kill(child, signal.SIGKILL)
    os._exit(0)


async def tasks_of_processes(children):
    for name, method in (("process", "wait"), ("communicate", "communicate")):
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(1000)", stdout=-1)
        children.append(process.pid)
        start(name, getattr(process, method)())


async def tasks_of_executors(loop, pools, children):
    socket.getaddrinfo = getaddrinfo
    loop.set_default_executor(concurrent.futures.ThreadPoolExecutor(4, thread_name_prefix="worker"))
    start("lookup", stopped_lookup(loop))
    await asyncio.sleep(0)
    start("to thread", awaits(loop.run_in_executor(None, release.wait)))
    pool = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="pool")
    processes = concurrent.futures.ProcessPoolExecutor(1)
    pools += [pool, processes]
    running = loop.run_in_executor(pool, release.wait)
    start("running job", awaits(running))
    start("queued job", awaits(loop.run_in_executor(pool, later)))
    children.append(await loop.run_in_executor(processes, os.getpid))
    start("process job", awaits(loop.run_in_executor(processes, time.sleep, 1000)))


async def tasks_of_anyio(event):
    lock, semaphore, limiter = anyio.Lock(), anyio.Semaphore(0), anyio.CapacityLimiter(1)
    start("anyio sleep", anyio.sleep(1000))
    start("anyio event", awaits(anyio.Event().wait()))
    holder = start("anyio holder", holds(lock, event))
    while lock.statistics().owner is None or holder._fut_waiter is None:
        await asyncio.sleep(0)
    start("anyio lock", lock.acquire())
    start("anyio semaphore", semaphore.acquire())
    limiter.acquire_on_behalf_of_nowait("somebody")
    start("anyio limiter", limiter.acquire())
    send, receive = anyio.create_memory_object_stream(0)
    start("anyio receive", receive.receive())
    full, kept = anyio.create_memory_object_stream(0)
    start("anyio send", full.send(1))
    start("anyio condition", in_condition(anyio.Condition()))
    one = anyio.CapacityLimiter(1)
    start("anyio thread", anyio.to_thread.run_sync(release.wait, limiter=one))
    while one.borrowed_tokens == 0:
        await asyncio.sleep(0)
    start("anyio no thread left", anyio.to_thread.run_sync(later, limiter=one))
    start("anyio task group", in_anyio_group(event))
    start("anyio scope", in_scope(event))
    return send, kept


async def in_anyio_group(event):
    async with anyio.create_task_group() as group:
        group.start_soon(event.wait, name="anyio child")


async def in_scope(event):
    with anyio.fail_after(1000):
        await event.wait()


async def main():
    loop = asyncio.get_running_loop()
    event = asyncio.Event()
    opened, pools, children = [], [], []
    threading.Thread(target=end_with_the_line, args=[children], daemon=True).start()
    await tasks_of_asyncio(loop, event)
    await tasks_of_streams(loop, opened)
    await tasks_of_processes(children)
    await tasks_of_executors(loop, pools, children)
    kept = await tasks_of_anyio(event)
    # Until each of them is suspended on what it will never get, and a survey has found who holds the locks.
    for _ in range(50):
        await asyncio.sleep(0.1)
    start("settled", event.wait())
    await event.wait()
    print(opened, pools, kept)


if __name__ == "__main__":
    asyncio.run(main())
