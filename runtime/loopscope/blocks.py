"""Blocks of the loop, added up by line, callee and cause."""

from __future__ import annotations

from typing import Any, Optional

from . import protocol
from .classify import FAULTS_OF_THE_LINE
from .sight import Place


class BlockTable:
    """The `Block` records. Belongs to the watchdog. Bounded by `MAX_BLOCKS`; what does not fit is counted."""

    def __init__(self) -> None:
        self.records: dict[int, dict[str, Any]] = {}
        self.changed: list[int] = []
        self.overflowed = 0
        self._by_key: dict[object, int] = {}
        self._code_of_block: dict[int, object] = {}

    def add(
        self,
        loop: int,
        place: Optional[Place],
        cause: str,
        started_ns: int,
        held_ns: int,
        task: Optional[str],
        victims: int,
    ) -> Optional[int]:
        """Count one hold that has ended; gives the block's id, or None when the table is full."""
        at_fault = cause in FAULTS_OF_THE_LINE
        site = place.site if place is not None and at_fault else None
        callee = place.callee if place is not None and at_fault else None
        key: object = (site, callee, cause)
        if cause == "cpu" and callee is None and place is not None:
            # The same loop in the same function may be seen on any of its lines.
            key = ("cpu", id(place.code))
        identifier = self._by_key.get(key)
        if identifier is None:
            if len(self.records) >= protocol.MAX_BLOCKS:
                self.overflowed += 1
                return None
            identifier = len(self.records) + 1
            self._by_key[key] = identifier
            if place is not None:
                self._code_of_block[identifier] = place.code
        previous = self.records.get(identifier)
        longest = previous is None or held_ns > previous["max_ns"]
        stack = place.stack if place is not None else []
        self.records[identifier] = {
            "id": identifier,
            "loop": loop,
            "site": site if previous is None or longest else previous["site"],
            "callee": callee,
            "cause": cause,
            "count": 1 + (previous["count"] if previous else 0),
            "total_ns": held_ns + (previous["total_ns"] if previous else 0),
            "max_ns": max(held_ns, previous["max_ns"] if previous else 0),
            "last_ns": held_ns,
            "last_at_ns": started_ns,
            "task": task,
            "victims": max(victims, previous["victims"] if previous else 0),
            "stack": stack if previous is None or longest else previous["stack"],
        }
        self.changed.append(identifier)
        return identifier
