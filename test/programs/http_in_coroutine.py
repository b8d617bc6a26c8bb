# loopscope: blocks line=urlopen callee=urllib.request.urlopen cause=io count=2 max-seconds=0.3..
# loopscope: blocks line=getresponse callee=http.client.HTTPConnection.getresponse cause=io count=1 max-seconds=0.3..
# loopscope: exit 0
"""Two blocking HTTP clients are called straight from coroutines."""

from __future__ import annotations

import asyncio
import http.client
import urllib.request

from _slow_server import slow_server


async def fetch(port: int, path: str) -> bytes:
    response = urllib.request.urlopen(f"http://127.0.0.1:{port}{path}")  # <- urlopen
    with response:
        body: bytes = response.read()
    return body


async def fetch_by_client(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    response = connection.getresponse()  # <- getresponse
    body = response.read()
    connection.close()
    return body


async def main(port: int) -> None:
    print(await asyncio.gather(fetch(port, "/a"), fetch(port, "/b"), fetch_by_client(port, "/c")))


if __name__ == "__main__":
    with slow_server() as server_port:
        asyncio.run(main(server_port))
