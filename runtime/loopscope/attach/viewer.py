"""A viewer in a terminal: connects to a process, and keeps what it tells in tables."""

from __future__ import annotations

import hmac
import secrets
import select
import socket
import time
from typing import Any, Optional

from .. import discovery, protocol
from ..tables import Record, Tables
from ..wire import BadFrame, Decoder, encode
from . import obstacles
from .entering import Entry
from .obstacles import CannotAttach

_READ_BYTES = 1 << 20
_INTERVAL_MS = 250
_ENTERING_SECONDS = 20.0
# How often is looked whether the process has come to it.
_LOOK_SECONDS = 0.05


class Viewer:
    """One process that is being looked into. `tables` has what it told; `bye` why it stopped, when it did."""

    def __init__(self, connection: socket.socket, decoder: Decoder, hello: Record) -> None:
        self.hello = hello
        self.tables = Tables()
        self.bye: Optional[str] = None
        self.complete = False
        self.lag: dict[int, float] = {}
        self._socket = connection
        self._decoder = decoder
        connection.setblocking(False)

    def fileno(self) -> int:
        """What to wait on for something to read."""
        return self._socket.fileno()

    def read(self, seconds: float) -> bool:
        """Take in what comes within so many seconds; False when the process has gone."""
        deadline = time.monotonic() + seconds
        while self.bye is None:
            left = deadline - time.monotonic()
            if left <= 0:
                return True
            readable, _, _ = select.select([self._socket], [], [], left)
            if not readable:
                return True
            try:
                data = self._socket.recv(_READ_BYTES)
                if not data:
                    self.bye = "lost"
                for message in self._decoder.feed(data):
                    self.take(message)
            except (OSError, BadFrame):
                self.bye = "lost"
        return False

    def take(self, message: Record) -> None:
        """Take in one message."""
        if message["type"] == "update":
            self.tables.apply(message)
            for point in message.get("lag", ()):
                self.lag[point["loop"]] = point["lag_ms"]
            if message["snapshot"] and not message["partial"]:
                self.complete = True
        elif message["type"] == "bye":
            self.bye = str(message["reason"])

    def close(self) -> None:
        """Hang up: the process runs on as it was before."""
        try:
            self._socket.close()
        except OSError:
            pass


def attach(pid: int, threshold_ms: Optional[float]) -> Viewer:
    """Look into a process of this user's. Raises CannotAttach."""
    obstacles.check_exists(pid)
    entry = discovery.read(pid)
    if entry is not None:
        return _call(entry, threshold_ms)
    return _enter(pid, threshold_ms)


def enter(pid: int, host: str, port: int, token: str, session: str, threshold_ms: Optional[float]) -> Entry:
    """Ask a process of Python 3.14 or later to dial a viewer. Raises CannotAttach."""
    interpreter, version = obstacles.interpreter_of(pid)
    settings: dict[str, object] = {
        "host": host,
        "port": port,
        "token": token,
        "session": session,
        "level": "watch",
        "threshold_ms": protocol.DEFAULT_THRESHOLD_MS if threshold_ms is None else threshold_ms,
    }
    try:
        entry = Entry(pid, discovery.made_folder(), settings)
    except OSError as error:
        raise CannotAttach(str(error)) from None
    kind, text = entry.begin(interpreter, version)
    if kind:
        entry.end()
        raise CannotAttach(obstacles.after(pid, text, kind))
    return entry


def _call(entry: discovery.Entry, threshold_ms: Optional[float]) -> Viewer:
    pid = entry["pid"]
    scheme, _, place = entry["address"].partition(":")
    try:
        if scheme == "unix":
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(protocol.HANDSHAKE_TIMEOUT_MS / 1000)
            connection.connect(place)
        else:
            host, _, port = place.rpartition(":")
            connection = socket.create_connection((host, int(port)), protocol.HANDSHAKE_TIMEOUT_MS / 1000)
    except (OSError, ValueError) as error:
        raise CannotAttach(f"Process {pid} does not answer at {entry['address']}: {error}.") from None
    try:
        connection.sendall(encode(_auth(entry["token"])))
        decoder = Decoder()
        following = _receive(connection, decoder)
        hello = following.pop(0) if following else {}
        if hello.get("type") == "refuse":
            raise CannotAttach(f"Process {pid} refuses: {hello.get('reason')}")
        if hello.get("type") != "hello":
            raise CannotAttach(f"Process {pid} hung up.")
        connection.sendall(encode(_welcome(threshold_ms)))
    except socket.timeout:
        connection.close()
        raise CannotAttach(_silent(pid)) from None
    except (OSError, BadFrame) as error:
        connection.close()
        raise CannotAttach(f"Process {pid} could not be talked to: {error}") from None
    except CannotAttach:
        connection.close()
        raise
    return Viewer(connection, decoder, hello)


def wait_until_inside(entry: Entry) -> None:
    """Wait until an entered process has come to it, and take the files of the attempt away. Raises CannotAttach."""
    deadline = time.monotonic() + _ENTERING_SECONDS
    try:
        while entry.answer() is None:
            if time.monotonic() > deadline:
                raise CannotAttach(_silent(entry.pid))
            obstacles.check_exists(entry.pid)
            time.sleep(_LOOK_SECONDS)
        problem = entry.answer()
        if problem:
            raise CannotAttach(f"Process {entry.pid} cannot be looked into: {problem}.")
    finally:
        if entry.answer() is None:
            entry.give_up()
        else:
            entry.end()


def _enter(pid: int, threshold_ms: Optional[float]) -> Viewer:
    token = secrets.token_urlsafe(32)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(protocol.HANDSHAKE_TIMEOUT_MS / 1000)
        wait_until_inside(enter(pid, "127.0.0.1", server.getsockname()[1], token, "", threshold_ms))
        try:
            connection, _ = server.accept()
        except OSError:
            raise CannotAttach(f"Process {pid} was entered, and has not connected.") from None
    connection.settimeout(protocol.HANDSHAKE_TIMEOUT_MS / 1000)
    decoder = Decoder()
    try:
        messages: list[Record] = []
        while len(messages) < 2:
            received = _receive(connection, decoder)
            if not received:
                raise BadFrame("it hung up.")
            messages += received
        auth, hello = messages[:2]
        if auth["type"] != "auth" or not hmac.compare_digest(str(auth.get("token")), token) or hello["type"] != "hello":
            raise BadFrame("what answered is not Loopscope's runtime.")
        connection.sendall(encode(_welcome(threshold_ms)))
    except (OSError, BadFrame) as error:
        connection.close()
        raise CannotAttach(f"Process {pid} was entered, and then could not be talked to: {error}") from None
    return Viewer(connection, decoder, hello)


def _silent(pid: int) -> str:
    if obstacles.is_stopped(pid):
        return f"Process {pid} is suspended: let it go on by `kill -CONT {pid}`, and attach again."
    return (
        f"Process {pid} has not answered: its main thread has been in one call since, such as waiting for a connection "
        "on an idle loop. Attach again while it works."
    )


def _receive(connection: socket.socket, decoder: Decoder) -> list[Record]:
    """At least one message; none when the other side has hung up."""
    while True:
        data = connection.recv(_READ_BYTES)
        if not data:
            return []
        messages = decoder.feed(data)
        if messages:
            return messages


def _auth(token: str) -> dict[str, Any]:
    return {"type": "auth", "protocol": protocol.PROTOCOL_VERSION, "token": token, "role": "viewer"}


def _welcome(threshold_ms: Optional[float]) -> dict[str, Any]:
    return {
        "type": "welcome",
        "protocol": protocol.PROTOCOL_VERSION,
        "interval_ms": _INTERVAL_MS,
        "threshold_ms": threshold_ms,
    }
