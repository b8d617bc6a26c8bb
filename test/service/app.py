"""A small aiohttp service with good routes and one bad one: the service that Loopscope is tested and measured on.

Run it with `python app.py [--redis-port PORT]`. It prints `listening on PORT` and serves until `/stop` is asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

POOL = web.AppKey("pool", ThreadPoolExecutor)
STOP = web.AppKey("stop", asyncio.Event)
REDIS_PORT = web.AppKey("redis_port", int)


async def hello(request: web.Request) -> web.Response:
    """Answers at once."""
    return web.json_response({"hello": request.query.get("name", "world")})


async def sleep(request: web.Request) -> web.Response:
    """Waits the asyncio way."""
    await asyncio.sleep(0.02)
    return web.Response(text="slept")


def _count_orders() -> int:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table orders (id integer primary key, amount integer)")
        connection.executemany("insert into orders (amount) values (?)", [(number,) for number in range(100)])
        total: int = connection.execute("select sum(amount) from orders").fetchone()[0]
    connection.close()
    return total


async def query(request: web.Request) -> web.Response:
    """Queries SQLite in the loop's default executor."""
    total = await asyncio.get_running_loop().run_in_executor(None, _count_orders)
    return web.json_response({"total": total})


async def offload(request: web.Request) -> web.Response:
    """Hands a blocking call to a thread pool of the service's own."""
    await asyncio.get_running_loop().run_in_executor(request.app[POOL], time.sleep, 0.02)  # <- offload
    return web.Response(text="offloaded")


async def cached(request: web.Request) -> web.Response:
    """Counts in Redis, over a socket of the loop."""
    reader, writer = await asyncio.open_connection("127.0.0.1", request.app[REDIS_PORT])
    writer.write(b"*2\r\n$4\r\nINCR\r\n$6\r\nvisits\r\n")
    answer = (await reader.readline()).decode().strip()
    writer.close()
    await writer.wait_closed()
    return web.json_response({"visits": int(answer[1:])})


async def block(request: web.Request) -> web.Response:
    """Holds the loop, and everyone with it."""
    time.sleep(0.25)  # <- block
    return web.Response(text="blocked")


async def stop(request: web.Request) -> web.Response:
    """Lets the service end after this answer."""
    request.app[STOP].set()
    return web.Response(text="stopping")


def make_app(redis_port: int | None = None) -> web.Application:
    """Builds the application; `/cached` is there only when a Redis is."""
    app = web.Application()
    app[POOL] = ThreadPoolExecutor(max_workers=4, thread_name_prefix="service")
    app[STOP] = asyncio.Event()
    routes = [hello, sleep, query, offload, block, stop]
    if redis_port is not None:
        app[REDIS_PORT] = redis_port
        routes.append(cached)
    app.add_routes([web.get(f"/{route.__name__}", route) for route in routes])
    return app


async def serve(redis_port: int | None) -> None:
    """Serves on a free loopback port until `/stop`."""
    app = make_app(redis_port)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print("listening on", runner.addresses[0][1], flush=True)
    await app[STOP].wait()
    await runner.cleanup()
    app[POOL].shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description="The service under test.")
    parser.add_argument("--redis-port", type=int, default=None, help="port of a Redis on loopback")
    asyncio.run(serve(parser.parse_args().redis_port))


if __name__ == "__main__":
    main()
