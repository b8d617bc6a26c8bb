# loopscope: blocks line=received callee=time.sleep cause=sleep count=2 max-seconds=0.25.. task=none
# loopscope: exit 0
"""A server's protocol sleeps in `data_received`: the reader's callback holds the loop, no task does."""

from __future__ import annotations

import asyncio
import time


class Echo(asyncio.Protocol):
    """Sends back what it gets, after a nap it should not take."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        time.sleep(0.25)  # <- received
        self._transport.write(data)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    for line in (b"one\n", b"two\n"):
        writer.write(line)
        print((await reader.readline()).decode().strip())
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main())
