"""The debugger of loops as a viewer has it: its commands, over the connection of an installed runtime."""

from __future__ import annotations

import itertools
from typing import Any

from conftest import Connection, Viewer


class Debugger:
    """Sends a debugger's commands over a viewer's connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._numbers = itertools.count(1)

    def send(self, command: str, **arguments: Any) -> int:
        identifier = next(self._numbers)
        self.connection.send({"type": "request", "id": identifier, "command": command, "arguments": arguments})
        return identifier

    def answer(self, identifier: int) -> dict[str, Any]:
        found: dict[str, Any] = self.connection.until(
            lambda message: message if message["type"] == "response" and message["id"] == identifier else None
        )
        return found

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        answer = self.answer(self.send(command, **arguments))
        assert answer["error"] is None, answer
        result: dict[str, Any] = answer["result"]
        return result

    def refusal(self, command: str, **arguments: Any) -> str:
        sentence: str = self.answer(self.send(command, **arguments))["error"]
        return sentence

    def hold(self) -> dict[str, Any]:
        identifier = self.send("hold")
        held: dict[str, Any] = {}

        def both(message: dict[str, Any]) -> bool:
            if message["type"] == "held":
                held.update(message)
            return bool(held) and any(each.get("id") == identifier for each in self.connection.messages)

        self.connection.until(both)
        return held

    def task(self, name: str) -> dict[str, Any]:
        tasks = self.ask("tasks")["tasks"]
        found: dict[str, Any] = next(task for task in tasks if task["name"] == name)
        return found


def connect(viewer: Viewer, source: str) -> tuple[Any, Debugger]:
    process, connection = viewer.watch(source)
    connection.until(lambda _: connection.task("Task-1"))
    return process, Debugger(connection)


def loop_of(connection: Connection) -> dict[str, Any]:
    return next(connection.tables.loops.records())
