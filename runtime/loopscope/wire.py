"""Frames: how messages lie on the wire and in a recording."""

from __future__ import annotations

import json
import struct
from typing import Any

from . import protocol

_HEADER = struct.Struct(">IB")


class BadFrame(ValueError):
    """Bytes that are no frame; the text is one sentence."""


def encode(message: dict[str, Any]) -> bytes:
    """A message as one JSON frame."""
    payload = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError:
        # File names and arguments may hold bytes that are no text.
        payload = json.dumps(message, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    return _HEADER.pack(len(payload), protocol.FRAME_KIND_JSON) + payload


class Decoder:
    """Cuts a stream of bytes into frames. Holds at most one frame's bytes beyond what it was fed."""

    def __init__(self, max_bytes: int = protocol.MAX_FRAME_BYTES, packed: bool = False) -> None:
        """With `packed`, packed frames are given as messages of the type `packed`, with their `payload`."""
        self.max_bytes = max_bytes
        self._packed = packed
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Bytes of a frame that has not ended yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The messages that are whole now; packed frames are passed over unless wanted. Raises BadFrame."""
        self._buffer += data
        messages: list[dict[str, Any]] = []
        while len(self._buffer) >= protocol.FRAME_HEADER_BYTES:
            length, kind = _HEADER.unpack_from(self._buffer)
            if length > self.max_bytes:
                raise BadFrame(f"A frame of {length} bytes is longer than the {self.max_bytes} allowed.")
            if kind not in (protocol.FRAME_KIND_JSON, protocol.FRAME_KIND_PACKED):
                raise BadFrame(f"A frame of the unknown kind {kind} was received: the other side speaks no Loopscope.")
            end = protocol.FRAME_HEADER_BYTES + length
            if len(self._buffer) < end:
                break
            payload = bytes(self._buffer[protocol.FRAME_HEADER_BYTES : end])
            del self._buffer[:end]
            if kind == protocol.FRAME_KIND_JSON:
                messages.append(_message(payload))
            elif self._packed:
                messages.append({"type": "packed", "payload": payload})
        return messages


def _message(payload: bytes) -> dict[str, Any]:
    try:
        message = json.loads(payload)
    except (ValueError, RecursionError):
        raise BadFrame("A frame holds no JSON: the other side speaks no Loopscope.") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise BadFrame("A frame holds no message: the other side speaks no Loopscope.")
    return message
