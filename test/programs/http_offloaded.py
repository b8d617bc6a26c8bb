# loopscope: no blocks
# loopscope: executor type=ThreadPoolExecutor submitted=3 completed=3 offloads=submit
# loopscope: exit 0
"""The same blocking HTTP client, offloaded to a thread."""

from __future__ import annotations

import asyncio
import urllib.request

from _slow_server import slow_server


def fetch(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as response:
        body: bytes = response.read()
    return body


async def main(port: int) -> None:
    loop = asyncio.get_running_loop()
    jobs = [loop.run_in_executor(None, fetch, port, path) for path in ("/a", "/b", "/c")]  # <- submit
    print(await asyncio.gather(*jobs))


if __name__ == "__main__":
    with slow_server() as server_port:
        asyncio.run(main(server_port))
