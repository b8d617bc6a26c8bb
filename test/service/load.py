"""Load for the service, from a process of its own: `python load.py PORT [--requests N] [--connections N] ROUTE...`.

Sends the requests round-robin over the routes, on so many connections at once, and prints one line of JSON: how many
answers of each status came per route. Without arguments it reads such command lines from standard input and answers
each with its line, until the input ends. Uses only the standard library, so that any interpreter can send it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator


async def connection(port: int, routes: Iterator[str], answers: Counter[str]) -> None:
    """Sends requests on one kept-alive connection until no route is left."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for route in routes:
        writer.write(f"GET /{route} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        status = (await reader.readline()).split()[1].decode()
        length = 0
        while (line := await reader.readline()).strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        await reader.readexactly(length)
        answers[f"{route} {status}"] += 1
    writer.close()
    await writer.wait_closed()


async def send(port: int, requests: int, connections: int, routes: list[str]) -> Counter[str]:
    """Sends so many requests, no more, and counts the answers."""
    shared = iter([routes[number % len(routes)] for number in range(requests)])
    answers: Counter[str] = Counter()
    await asyncio.gather(*(connection(port, shared, answers) for _ in range(connections)))
    return answers


def run(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """Does what one command line asks for and prints the answers."""
    arguments = parser.parse_args(words)
    answers = asyncio.run(send(arguments.port, arguments.requests, arguments.connections, arguments.routes))
    print(json.dumps(answers, sort_keys=True), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Sends a bounded number of requests to the service.")
    parser.add_argument("port", type=int)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--connections", type=int, default=6)
    parser.add_argument("routes", nargs="+")
    if len(sys.argv) > 1:
        run(parser, sys.argv[1:])
    else:
        for line in sys.stdin:
            run(parser, line.split())


if __name__ == "__main__":
    main()
