"""A small HTTP server on loopback, in a thread, whose answers take their time. Imported by the HTTP programs."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        # Longer than the programs state: what is told of each of several holds in one turn is within 25 ms.
        time.sleep(0.33)
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the program's output free of request lines."""


@contextlib.contextmanager
def slow_server() -> Iterator[int]:
    """Serves GET requests after 0.33 s each and yields the port. Tells `urllib` to use no proxy for it."""
    os.environ["no_proxy"] = "127.0.0.1"
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="slow server")
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
