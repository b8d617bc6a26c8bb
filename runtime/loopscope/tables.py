"""The records the runtime keeps about the process, and in which order they changed.

The same tables are filled live and by reading a recording, so that a report is one function over them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Optional

Record = dict[str, Any]


class Table:
    """Records by id, ordered by their last change. Written by one thread at a time."""

    __slots__ = ("_rows", "_versions")

    def __init__(self, versions: Versions) -> None:
        self._rows: dict[int, tuple[int, Record]] = {}
        self._versions = versions

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, identifier: int) -> bool:
        return identifier in self._rows

    def get(self, identifier: int) -> Optional[Record]:
        """The record with this id, or None."""
        row = self._rows.get(identifier)
        return row[1] if row else None

    def put(self, identifier: int, record: Record) -> None:
        """Keep a record that is new or may have changed; an equal one changes nothing."""
        row = self._rows.get(identifier)
        if row is not None:
            if row[1] == record:
                return
            del self._rows[identifier]
        self._rows[identifier] = (self._versions.advance(), record)

    def remove(self, identifier: int) -> None:
        """Forget a record."""
        self._rows.pop(identifier, None)

    def clear(self) -> None:
        """Forget all records."""
        self._rows.clear()

    def records(self) -> Iterator[Record]:
        """All records, those that changed longest ago first."""
        for _, record in list(self._rows.values()):
            yield record

    def identifiers(self) -> list[int]:
        """The ids of all records."""
        return list(self._rows)

    def changed_since(self, version: int) -> list[Record]:
        """The records changed after `version`, oldest change first."""
        newer: list[Record] = []
        for changed, record in reversed(self._rows.values()):
            if changed <= version:
                break
            newer.append(record)
        newer.reverse()
        return newer


class Versions:
    """A counter that every change advances."""

    __slots__ = ("current",)

    def __init__(self) -> None:
        self.current = 0

    def advance(self) -> int:
        """The next version."""
        self.current += 1
        return self.current


class Tables:
    """Everything a report or a viewer can be told."""

    ENTITIES = ("sites", "loops", "tasks", "steps", "task_sites", "executors", "blocks", "findings", "executed")

    _KEYS: ClassVar[Record] = {"task_sites": "site", "steps": "task"}

    def __init__(self) -> None:
        versions = Versions()
        self.versions = versions
        self.sites = Table(versions)
        self.loops = Table(versions)
        self.tasks = Table(versions)
        self.steps = Table(versions)
        self.task_sites = Table(versions)
        self.executors = Table(versions)
        self.blocks = Table(versions)
        self.findings = Table(versions)
        self.executed = Table(versions)
        self.threads: dict[int, str] = {}
        self.task_counts: Record = {"created": 0, "finished": 0, "cancelled": 0, "failed": 0, "alive": 0}
        self.dropped: Record = {"events": 0, "frames": 0}
        # `Notice` messages, once each.
        self.notices: list[Record] = []
        self.level = "watch"
        # Single steps that were to be sent and were not.
        self.steps_dropped = 0
        self.overhead_ns = 0
        self.time_ns = 0

    def table(self, name: str) -> Table:
        """The table of an `update` list, by the list's name."""
        table = getattr(self, name)
        assert isinstance(table, Table)
        return table

    def put_loop(self, record: Record) -> None:
        """Keep a loop's record and, beside it, the thread it last ran in."""
        if record["thread"]:
            self.threads[record["id"]] = record["thread"]
        self.loops.put(record["id"], record)

    def apply(self, update: Record) -> None:
        """Take in an `update` message."""
        for name in self.ENTITIES:
            for record in update.get(name, ()):
                if name == "loops":
                    self.put_loop(record)
                else:
                    self.table(name).put(record[self._KEYS.get(name, "id")], record)
        if "task_counts" in update:
            self.task_counts = update["task_counts"]
        self.level = update.get("level", self.level)
        self.dropped = update["dropped"]
        self.overhead_ns = update["overhead_ns"]
        self.time_ns = update["time_ns"]
