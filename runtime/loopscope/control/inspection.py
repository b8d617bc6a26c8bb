"""What can be looked at while a loop is held: tasks, frames, scopes, variables. All of it runs in the loop's thread.

Everything is handed out by number. The numbers are good for one hold only: when the loop goes on, all that they stand
for is let go, and none is ever given out again.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Optional

from ..awaiting import code_of
from . import facts, tasks, values
from .directory import Directory, absolute
from .evaluation import OWN_FILE
from .facts import Facts, Words
from .frames import release_locals
from .gate import Gate, is_own_callback
from .stops import Stop
from .values import Part

MAX_REFERENCES = 100_000
MAX_FRAMES = 200
MAX_PAGE = 1_000


class InspectionError(Exception):
    """Says in a sentence why something cannot be looked at."""


class Shown:
    """What one number stands for."""

    __slots__ = ("expression", "frame", "task", "tells_wait", "value")

    def __init__(
        self, value: Any = None, expression: Optional[str] = None, frame: Any = None, task: Any = None
    ) -> None:
        self.value = value
        self.expression = expression
        self.frame = frame
        self.task = task
        self.tells_wait = False


class Inspection:
    """One hold of one loop."""

    def __init__(self, gate: Gate, directory: Directory, numbers: Iterator[int]) -> None:
        self._gate = gate
        self._directory = directory
        self._numbers = numbers
        self._shown: dict[int, Shown] = {}
        self._frames_read: dict[int, Any] = {}

    def __contains__(self, reference: object) -> bool:
        return reference in self._shown

    def release(self) -> None:
        """Let go of everything that was looked at."""
        for frame in self._frames_read.values():
            release_locals(frame)
        self._frames_read.clear()
        self._shown.clear()

    # Tasks

    def all_tasks(self) -> list[Any]:
        """The tasks of the loop and the one that the stop is about, which may have ended; our own aside."""
        loop = self._gate.loop()
        found = [] if loop is None else list(asyncio.all_tasks(loop))
        stopped = self._gate.stop.task if self._gate.stop is not None else None
        if stopped is not None and stopped not in found:
            found.append(stopped)
        return [task for task in found if not is_own(task)]

    def task_rows(self, limit: int, noted: set[int]) -> tuple[list[tuple[tuple[int, int], dict[str, Any]]], int]:
        """At most `limit` tasks with what they are sorted by, and how many there are; `noted` are ids with findings."""
        found = self.all_tasks()
        stopped = self._gate.stop.task if self._gate.stop is not None else None
        following = tasks.task_of(self._next_callback())
        keyed: list[tuple[tuple[int, int], Any]] = []
        for task in found:
            identifier = self._directory.task_id(task)
            if task is stopped:
                rank = 0
            elif task is following:
                rank = 1
            elif identifier in noted:
                rank = 2
            else:
                rank = 3 if getattr(task, "_fut_waiter", None) is None else 4
            keyed.append(((rank, identifier), task))
        keyed.sort(key=lambda each: each[0])
        return [(key, self._row(key[1], task)) for key, task in keyed[:limit]], len(found)

    def _row(self, identifier: int, task: Any) -> dict[str, Any]:
        waiting = tasks.waits_on(task)
        return {
            "id": identifier,
            "loop": self._gate.id,
            "name": tasks.name_of(task),
            "state": tasks.state_of(task),
            "waits_on": None if waiting is None else waiting.label,
        }

    # Frames

    def frames_of_task(self, task: Any) -> list[dict[str, Any]]:
        """The await chain from the innermost frame outwards, then where the task was made."""
        stop = self._gate.stop
        rows: list[dict[str, Any]] = []
        if stop is not None and stop.task is task and stop.stack:
            rows += self._caught(stop)
        if task.done():
            exception = tasks.exception_of(task)
            if exception is not None:
                rows += self._raised(exception, task)
        else:
            suspended = [(each, tasks.frame_of(each)) for each in reversed(tasks.suspended_in(task))]
            # What is awaited is told in the frame that a person looks at first, asyncio's own inside it included.
            tells_wait = True
            for each, frame in suspended[:MAX_FRAMES]:
                if frame is not None:
                    name = getattr(each, "__qualname__", None)
                    rows.append(self._row_of_frame(frame, task, "await", name, tells_wait))
                    tells_wait = tells_wait and not rows[-1]["user"]
        return rows + self._creation(task)

    def frames_of_loop(self) -> list[dict[str, Any]]:
        """Frames caught before the hold, and the callback that is next."""
        stop = self._gate.stop
        rows = self._caught(stop) if stop is not None and stop.stack else []
        callback = self._next_callback()
        function = inspect.unwrap(getattr(callback, "__func__", callback)) if callback is not None else None
        code = getattr(function, "__code__", None)
        if code is not None:
            rows.append(self._plain_row(code.co_filename, code.co_firstlineno, values.text_of(callback), "next"))
        return rows

    def _next_callback(self) -> Any:
        """The callback of the program that runs next, None when there is none."""
        loop = self._gate.loop()
        handles = [self._gate.handle, *list(getattr(loop, "_ready", ()))]
        for handle in handles:
            callback = getattr(handle, "_callback", None)
            if callback is not None and not is_own_callback(callback):
                return callback
        return None

    def _caught(self, stop: Stop) -> list[dict[str, Any]]:
        kind = "caught" if stop.reason == "jam" else "found"
        return [
            self._plain_row(each["file"], each["line"], each["function"], kind) for each in reversed(stop.stack or [])
        ][:MAX_FRAMES]

    def _raised(self, exception: BaseException, task: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        traceback = exception.__traceback__
        while traceback is not None and len(rows) < MAX_FRAMES:
            frame = traceback.tb_frame
            if not (frame.f_code.co_flags & inspect.CO_OPTIMIZED):
                break
            row = self._row_of_frame(frame, task, "raised", getattr(frame.f_code, "co_qualname", None), False)
            row["line"] = traceback.tb_lineno or 0
            rows.append(row)
            traceback = traceback.tb_next
        rows.reverse()
        return rows

    def _creation(self, task: Any) -> list[dict[str, Any]]:
        stack = getattr(task, "_source_traceback", None)
        if stack:
            # asyncio's debug mode has kept the whole stack.
            return [
                self._plain_row(each.filename, each.lineno or 0, each.name, "creation")
                for each in reversed(list(stack))
            ][:MAX_FRAMES]
        site = self._directory.creation_site(task)
        return [] if site is None else [self._plain_row(site["file"], site["line"], site["function"], "creation")]

    def _row_of_frame(self, frame: Any, task: Any, kind: str, name: Optional[str], tells_wait: bool) -> dict[str, Any]:
        row = self._plain_row(frame.f_code.co_filename, frame.f_lineno or 0, name or frame.f_code.co_name, kind)
        shown = self._shown[row["id"]]
        shown.frame = frame
        shown.task = task
        shown.tells_wait = tells_wait
        return row

    def _plain_row(self, filename: str, line: int, function: str, kind: str) -> dict[str, Any]:
        return {
            "id": self._number(Shown()),
            "file": absolute(filename),
            "line": line,
            "function": function,
            "kind": kind,
            "user": self._directory.is_user_file(filename),
        }

    # Scopes and variables

    def scopes(self, reference: int) -> list[dict[str, Any]]:
        """What can be opened in a frame."""
        shown = self.shown(reference)
        found: list[tuple[str, Any]] = []
        if shown.frame is not None:
            found.append(("Locals", Facts("Locals", [Part(n, v, n) for n, v in self.locals_of(shown).items()])))
        if shown.task is not None:
            waiting = facts.of_wait(shown.task) if shown.tells_wait else None
            if waiting is not None:
                found.append(("Awaits", waiting))
            found.append(("Task", facts.of_task(shown.task)))
        return [
            {"name": name, "reference": self._number(Shown(value, "")), "named": len(value.parts)}
            for name, value in found
        ]

    def variables(self, reference: int, start: int, count: int, kind: str) -> list[dict[str, Any]]:
        """A page of the parts of a scope or a value; `kind` is `indexed`, `named` or empty for both."""
        shown = self.shown(reference)
        count = min(count, MAX_PAGE)
        if tasks.is_future(shown.value):
            told = facts.of_task(shown.value) if tasks.is_task(shown.value) else facts.of_future(shown.value)
            page = [*told.parts, *values.parts(shown.value, 0, count, "named")][start : start + count]
        elif isinstance(shown.value, Facts):
            page = shown.value.parts[start : start + count] if kind != "indexed" else []
        else:
            page = values.parts(shown.value, start, count, kind)
        return [self._variable(part, shown.expression) for part in page]

    def variable(self, name: str, value: Any, expression: Optional[str]) -> dict[str, Any]:
        """The record of a value."""
        return self._variable(Part(name, value, expression), "")

    def _variable(self, part: Part, whole: Optional[str]) -> dict[str, Any]:
        value = part.value
        expression = None if whole is None or part.expression is None else whole + part.expression
        row = {"name": part.name, "type": "", "indexed": 0, "named": 0, "reference": 0, "expression": expression}
        if isinstance(value, Facts):
            row.update(text=value.title, named=len(value.parts))
        elif type(value) is Words:
            row["text"] = str(value)
        elif tasks.is_future(value):
            what = (
                f"{tasks.name_of(value)}: {tasks.state_of(value)}"
                if tasks.is_task(value)
                else facts.future_state(value)
            )
            row.update(text=f"<{values.type_name(value)} {what}>", type=values.type_name(value))
            row["reference"] = self._number(Shown(value, expression))
            return row
        else:
            counts = values.count_parts(value)
            row.update(
                text=values.text_of(value), type=values.type_name(value), indexed=counts.indexed, named=counts.named
            )
        if row["indexed"] or row["named"]:
            row["reference"] = self._number(Shown(value, expression))
        return row

    def locals_of(self, shown: Shown) -> Mapping[str, Any]:
        """The locals of a frame; empty for one that only tells a place."""
        if shown.frame is None:
            return {}
        self._frames_read[id(shown.frame)] = shown.frame
        return dict(shown.frame.f_locals)

    def shown(self, reference: Any) -> Shown:
        """What a number stands for. Raises InspectionError when it is not, or no longer, good."""
        found = self._shown.get(reference)
        if found is None:
            raise InspectionError("This was shown in an earlier hold; the loop has run since.")
        return found

    def _number(self, shown: Shown) -> int:
        if len(self._shown) >= MAX_REFERENCES:
            raise InspectionError(
                f"More than {MAX_REFERENCES:,} values have been opened in this hold; continue and hold again."
            )
        number = next(self._numbers)
        self._shown[number] = shown
        return number


def is_own(task: Any) -> bool:
    """Whether a task was made by us to evaluate an expression."""
    code = code_of(task.get_coro())
    return code is not None and code.co_filename == OWN_FILE
