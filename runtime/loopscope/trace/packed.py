"""Batches of single steps as packed frames, and back."""

from __future__ import annotations

import json
import struct
import sys
from array import array
from collections.abc import Iterator
from typing import Any, NamedTuple

from .. import protocol

_COLUMNS = (("started", "d", "f64"), ("ended", "d", "f64"), ("ready", "d", "f64"), ("task", "I", "u32"))
_LAYOUT = (*_COLUMNS, ("woken_by", "I", "u32"))
_SIZES = {"f64": ("d", 8), "u32": ("I", 4), "u64": ("Q", 8)}


class Steps(NamedTuple):
    """Runs of callbacks of one loop, oldest first: columns as `PackedHeader` describes them."""

    loop: int
    started: list[float]
    ended: list[float]
    ready: list[float]
    task: list[int]
    woken_by: list[int]


def pack(steps: Steps) -> bytes:
    """A batch as one frame."""
    rows = len(steps.started)
    header = {
        "batch": "steps",
        "loop": steps.loop,
        "rows": rows,
        "columns": [{"name": name, "format": form} for name, _, form in _LAYOUT],
    }
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % 8)
    parts = [struct.pack(">I", len(text)), text]
    for name, code, _ in _LAYOUT:
        column = array(code, getattr(steps, name))
        if sys.byteorder == "big":
            column.byteswap()
        data = column.tobytes()
        parts += (data, b"\0" * (-len(data) % 8))
    payload = b"".join(parts)
    return struct.pack(">IB", len(payload), protocol.FRAME_KIND_PACKED) + payload


def unpack(payload: bytes) -> Iterator[Steps]:
    """The batch in a packed frame's payload; nothing for one of another kind. Raises ValueError when it is none."""
    try:
        (length,) = struct.unpack_from(">I", payload)
        header: Any = json.loads(payload[4 : 4 + length])
        if header["batch"] != "steps":
            return
        rows: int = header["rows"]
        at = 4 + length
        columns: dict[str, list[Any]] = {}
        for column in header["columns"]:
            code, size = _SIZES[column["format"]]
            values = array(code)
            values.frombytes(payload[at : at + rows * size])
            if len(values) != rows:
                raise ValueError("a column is cut off")
            if sys.byteorder == "big":
                values.byteswap()
            columns[column["name"]] = values.tolist()
            at += (rows * size + 7) // 8 * 8
        yield Steps(header["loop"], **{name: columns[name] for name, _, _ in _LAYOUT})
    except (struct.error, KeyError, TypeError) as error:
        raise ValueError(f"a packed frame cannot be read ({error})") from None
