"""A real program in a process of its own, and a hand on its controller."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Optional

HERE = Path(__file__).resolve().parent
RUNTIME = HERE.parents[1]
PATIENCE_SECONDS = 60.0


class Debuggee:
    """Use as a context manager; whatever is left of the process is killed at the end."""

    def __init__(self, program: Path, **environment_of_program: str) -> None:
        command_read, command_write = os.pipe()
        event_read, event_write = os.pipe()
        environment = {key: value for key, value in os.environ.items() if not key.startswith("LOOPSCOPE_")}
        environment.update(PYTHONPATH=str(RUNTIME), PYTHONDONTWRITEBYTECODE="1", PYTHONUNBUFFERED="1")
        environment.update(environment_of_program)
        self.program = program
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "driver.py"), str(command_read), str(event_write), str(program)],
            pass_fds=(command_read, event_write),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(command_read)
        os.close(event_write)
        self._commands = os.fdopen(command_write, "w", encoding="utf-8", buffering=1)
        self._incoming = os.fdopen(event_read, "r", encoding="utf-8")
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._answers: dict[int, queue.Queue[dict[str, Any]]] = {}
        self._last_id = 0
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Debuggee:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._incoming.close()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        try:
            self._commands.close()
        except OSError:
            pass

    def _read(self) -> None:
        try:
            for line in self._incoming:
                message = json.loads(line)
                if "id" in message and "type" not in message:
                    self._answers[message.pop("id")].put(message)
                else:
                    self._events.put(message)
        except ValueError:
            # The test is over and has closed the pipe.
            pass

    def begin(self, command: str, **arguments: Any) -> int:
        """Send a command; gives the number to wait for its answer with."""
        self._last_id += 1
        self._answers[self._last_id] = queue.Queue()
        self._commands.write(json.dumps({"id": self._last_id, "command": command, "arguments": arguments}) + "\n")
        return self._last_id

    def answer(self, identifier: int) -> dict[str, Any]:
        """The answer to a command sent before."""
        return self._answers[identifier].get(timeout=PATIENCE_SECONDS)

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        return self.answer(self.begin(command, **arguments))

    def do(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Send a command that must succeed, and wait for its answer."""
        answer = self.ask(command, **arguments)
        assert answer["error"] is None, answer["error"]
        return answer

    def event(self, kind: str) -> dict[str, Any]:
        """The next event, which must be of this kind."""
        event = self._events.get(timeout=PATIENCE_SECONDS)
        assert event["type"] == kind, event
        return event

    def held(self) -> dict[str, Any]:
        """The next event, which must say that a loop is held."""
        return self.event("held")

    def no_event(self) -> None:
        """Nothing has been told that was not asked for."""
        assert self._events.empty(), self._events.get_nowait()

    def go(self, command: str = "resume", **arguments: Any) -> None:
        """Let the program run, and take note of the event that says so."""
        self.do(command, **arguments)
        self.event("resumed")

    def hold(self) -> dict[str, Any]:
        """Hold the program and wait until it is held."""
        self.do("hold")
        return self.held()

    def output_line(self) -> str:
        """The next line that the program prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def end(self) -> tuple[int, str, str]:
        """Wait for the program's end; its exit code and the rest of what it printed."""
        out, errors = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, out, errors

    def line_of(self, text: str) -> int:
        """The number of the program's line that ends with a comment `# text`."""
        for number, line in enumerate(self.program.read_text().splitlines(), 1):
            if line.endswith(f"# {text}"):
                return number
        raise AssertionError(f"{self.program} has no line marked {text}")

    def set_breakpoints(self, *marks: str, **options: Any) -> list[dict[str, Any]]:
        """Set await breakpoints at marked lines."""
        wanted = [{"line": self.line_of(mark), **options} for mark in marks]
        found: list[dict[str, Any]] = self.do("set-await-breakpoints", file=str(self.program), breakpoints=wanted)[
            "breakpoints"
        ]
        return found

    def task(self, name: str) -> dict[str, Any]:
        """The row of a task, by its name."""
        rows = self.do("tasks")["tasks"]
        return next(row for row in rows if row["name"] == name)

    def frames(self, name: str) -> list[dict[str, Any]]:
        """The frames of a task, by its name."""
        frames: list[dict[str, Any]] = self.do("frames", task=self.task(name)["id"])["frames"]
        return frames

    def frame_in(self, name: str, function: str) -> int:
        """The number of the frame of one function in a task."""
        return int(next(each["id"] for each in self.frames(name) if each["function"] == function))

    def scope(self, frame: int, name: str) -> dict[str, dict[str, Any]]:
        """The variables of a scope, by name."""
        scopes = self.do("scopes", frame=frame)["scopes"]
        reference = next(each["reference"] for each in scopes if each["name"] == name)
        return self.parts(reference)

    def parts(self, reference: int, **paging: Any) -> dict[str, dict[str, Any]]:
        """The parts of a variable, by name."""
        return {each["name"]: each for each in self.do("variables", reference=reference, **paging)["variables"]}

    def value(self, frame: int, expression: str, context: Optional[str] = None) -> str:
        """The text of an evaluated expression."""
        arguments = {} if context is None else {"context": context}
        return str(self.do("evaluate", frame=frame, expression=expression, **arguments)["variable"]["text"])
