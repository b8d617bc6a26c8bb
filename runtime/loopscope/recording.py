"""Recordings: what the runtime tells a viewer, in a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Optional

from . import protocol
from .stream import UpdateStream, bye
from .tables import Record, Tables
from .wire import BadFrame, Decoder, encode

if TYPE_CHECKING:
    from .session import Session

_EVERY_NS = protocol.HEARTBEAT_MS * 1_000_000
_READ_BYTES = 1 << 20


class RecordingSink:
    """Writes a recording. Each frame is handed to the system as soon as it is whole, so that a killed process leaves
    a recording that ends with a whole frame or can be read up to one."""

    wants_tasks = True

    def __init__(self, session: Session, path: str) -> None:
        """Creates the file, readable by its owner only. Raises OSError."""
        self.frames_dropped = 0
        self._session = session
        self._stream = UpdateStream(session)
        self.look = self._stream.look
        self.look.steps = True
        self._next_ns = 0
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0), 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self._write(session.hello)

    @property
    def told_version(self) -> int:
        return self._stream.told_version

    def tick(self, now_ns: int, urgent: bool) -> bool:
        if now_ns < self._next_ns and not urgent:
            return True
        self._next_ns = now_ns + _EVERY_NS
        self._session.refresh()
        return self._write_updates()

    def add_lag(self, point: Record) -> None:
        self._stream.add_lag(point)

    def add_packed(self, frame: bytes) -> bool:
        return self._write_bytes(frame)

    def notice(self, message: Record) -> None:
        self._write(message)

    def close(self, reason: str) -> None:
        if self._write_updates():
            self._write(bye(reason, self._session.tables.time_ns))
        self.abandon()

    def abandon(self) -> None:
        try:
            self._file.close()
        except OSError:
            pass

    def _write_updates(self) -> bool:
        more = True
        while more:
            update, more = self._stream.next_update()
            if not self._write(update):
                return False
        return True

    def _write(self, message: Record) -> bool:
        return self._write_bytes(encode(message))

    def _write_bytes(self, frame: bytes) -> bool:
        data = memoryview(frame)
        try:
            while data:
                self._session.glance()
                data = data[self._file.write(data) or 0 :]
                self._session.glance()
        except (OSError, ValueError):
            # A full disk must not stop the program: the recording ends here.
            self._session.note_error()
            return False
        return True


class BadRecording(ValueError):
    """A file that cannot be read as a recording; the text is one sentence."""


class Recording:
    """What a recording told."""

    def __init__(self, hello: Record) -> None:
        self.hello = hello
        self.tables = Tables()
        self.warning: Optional[str] = None


class Reader:
    """Reads a recording message by message, packed frames too, holding no more than a piece of it.

    Use it in a `with` statement.
    """

    def __init__(self, path: str) -> None:
        """Open the file and read up to its greeting. Raises BadRecording."""
        self._path = path
        self._decoder = Decoder(packed=True)
        self._fresh: list[Record] = []
        self._problem: Optional[str] = None
        self._ended = False
        try:
            self._file = open(path, "rb")  # noqa: SIM115 - closed by __exit__
        except OSError as error:
            raise _cannot_read(path, error) from None
        try:
            self.hello = _check_hello(path, self._next() or {})
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Record]:
        """The messages after the greeting, up to the goodbye or the last whole frame. Raises BadRecording."""
        while not self._ended:
            message = self._next()
            if message is None:
                return
            self._ended = message["type"] == "bye"
            yield message

    @property
    def warning(self) -> Optional[str]:
        """After the last message: a sentence when the recording breaks off, else None."""
        if self._ended:
            return None
        return f"{self._path} breaks off, so this is what was known at its last whole frame" + (
            f" ({self._problem})." if self._problem else "."
        )

    def misunderstood(self) -> BadRecording:
        """The error for a message whose parts are not as expected."""
        return BadRecording(f"{self._path} holds a message that this version does not understand.")

    def _next(self) -> Optional[Record]:
        while not self._fresh and self._problem is None:
            try:
                data = self._file.read(_READ_BYTES)
            except OSError as error:
                raise _cannot_read(self._path, error) from None
            if not data:
                return None
            try:
                self._fresh = self._decoder.feed(data)
            except BadFrame as error:
                self._problem = str(error)
            self._fresh.reverse()
        return self._fresh.pop() if self._fresh else None


def read(path: str) -> Recording:
    """Read a recording. One that breaks off is read up to its last whole frame and says so in `warning`."""
    with Reader(path) as reader:
        recording = Recording(reader.hello)
        try:
            for message in reader:
                if message["type"] == "update":
                    recording.tables.apply(message)
                elif message["type"] == "notice" and message not in recording.tables.notices:
                    recording.tables.notices.append(message)
        except (KeyError, TypeError, AttributeError):
            raise reader.misunderstood() from None
        recording.warning = reader.warning
    return recording


def _cannot_read(path: str, error: OSError) -> BadRecording:
    return BadRecording(f"{path} cannot be read ({error.strerror}): check the path.")


def _check_hello(path: str, message: Record) -> dict[str, Any]:
    if message.get("type") != "hello" or message.get("format") != "loopscope":
        raise BadRecording(f"{path} is no Loopscope recording: it does not begin with a greeting.")
    version = message.get("protocol")
    if version != protocol.PROTOCOL_VERSION:
        raise BadRecording(
            f"{path} was written in version {version} of the protocol, and only version {protocol.PROTOCOL_VERSION} "
            "can be read: use the Loopscope that wrote it."
        )
    return message
