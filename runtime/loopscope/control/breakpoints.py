"""Await breakpoints: which suspensions of which tasks they stop at.

A task is looked at between callbacks only. Before its step the places are noted at which its coroutines are suspended,
after it those at which they now are; the difference says what it has left and what it has newly come to.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping
from typing import Any, Callable, NamedTuple, Optional

from ..awaiting import code_of
from . import evaluation, tasks
from .conditions import HitCountError, read_hit_count
from .evaluation import EvaluationError, Expression
from .frames import locals_of
from .suspension_points import Point, SourceError, SuspensionPoints

MAX_BREAKPOINTS = 1_000
_NO_SUSPENSION = "Nothing is awaited on this line; Loopscope stops at await, async for, async with and async def."


class Breakpoint:
    """One await breakpoint."""

    __slots__ = (
        "arrival_only",
        "condition",
        "hit_count",
        "hits",
        "id",
        "is_definition",
        "line",
        "log_message",
        "shown_line",
    )

    def __init__(self, identifier: int, point: Point, wanted: Mapping[str, Any]) -> None:
        """Raises EvaluationError or HitCountError when the condition or the hit count cannot be read."""
        self.id = identifier
        self.line = point.line
        self.shown_line = point.shown_line
        self.is_definition = point.is_definition
        condition = wanted.get("condition")
        self.condition: Optional[Expression] = None
        if isinstance(condition, str) and condition.strip():
            self.condition = evaluation.parse(condition)
            if self.condition.awaits:
                raise EvaluationError("A condition cannot await.")
        self.hit_count = read_hit_count(wanted.get("hit_count"))
        self.log_message: Optional[str] = wanted.get("log_message") or None
        self.arrival_only = self.log_message is not None or bool((wanted.get("hit_count") or "").strip())
        self.hits = 0


class Place(NamedTuple):
    """A coroutine of a watched file, suspended at a line; held for the length of one step."""

    coroutine: Any
    """A weak reference to the coroutine or generator."""
    filename: str
    line: int
    instruction: int
    innermost: bool
    """Whether no other code of the user's is suspended further inside."""
    inner: Any
    """What it awaits: a weak reference where there can be one; None when it awaits the task's future itself."""


class Hit(NamedTuple):
    """A breakpoint that is to stop."""

    breakpoint: Breakpoint
    description: str


class FileBreakpoints:
    """The breakpoints of one file."""

    def __init__(self) -> None:
        self.by_line: dict[int, list[Breakpoint]] = {}
        self.by_definition: dict[int, list[Breakpoint]] = {}


class AwaitBreakpoints:
    """All await breakpoints. `set` may run in any thread; what is matched against is replaced as a whole."""

    def __init__(self, is_user_file: Callable[[str], bool], log: Callable[[Breakpoint, str], None]) -> None:
        self._is_user_file = is_user_file
        self._log = log
        self._files: dict[str, FileBreakpoints] = {}
        # The file a code object's name stands for, None for one without breakpoints.
        self._by_name: dict[str, Optional[FileBreakpoints]] = {}

    def __bool__(self) -> bool:
        return bool(self._files)

    def clear(self) -> None:
        """Forget all breakpoints."""
        self._files = {}
        self._by_name = {}

    def set(self, filename: str, wanted: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Replace the breakpoints of a file; answers for each whether it can stop, and at which line.

        Each may have an `id` by which its stops are told of: they may come before the answer. It is 0 when not given.
        """
        answers: list[dict[str, Any]] = []
        points: Optional[SuspensionPoints] = None
        why = ""
        try:
            points = SuspensionPoints(filename)
        except SourceError as error:
            why = str(error)
        found = FileBreakpoints()
        for each in wanted[:MAX_BREAKPOINTS]:
            line = each["line"]
            point = points.at(line) if points is not None else None
            answer: dict[str, Any] = {"line": line, "verified": False, "message": why or _NO_SUSPENSION}
            answers.append(answer)
            if point is None:
                continue
            try:
                breakpoint = Breakpoint(each.get("id", 0), point, each)
            except (EvaluationError, HitCountError) as error:
                answer["message"] = str(error)
                continue
            answer.update(line=point.shown_line, verified=True, message=None)
            lines = found.by_definition if point.is_definition else found.by_line
            lines.setdefault(point.line, []).append(breakpoint)
        answers += [
            {"line": each["line"], "verified": False, "message": f"A file has at most {MAX_BREAKPOINTS:,}."}
            for each in wanted[MAX_BREAKPOINTS:]
        ]
        files = dict(self._files)
        files.pop(_key(filename), None)
        if found.by_line or found.by_definition:
            files[_key(filename)] = found
        self._by_name = {}
        self._files = files
        return answers

    def places(self, task: Any) -> list[Place]:
        """Where the coroutines of a task that belong to watched files are suspended. The loop's thread."""
        chain = tasks.chain_with_codes(task)
        for _, code in chain:
            if self._watched(code.co_filename) is not None:
                break
        else:
            return []
        innermost = max((at for at, (_, code) in enumerate(chain) if self._is_user_file(code.co_filename)), default=-1)
        found: list[Place] = []
        for at, (each, code) in enumerate(chain):
            frame = tasks.frame_of(each) if self._watched(code.co_filename) is not None else None
            if frame is None:
                continue
            inner = tasks.awaited_by(each) if at + 1 < len(chain) else None
            found.append(
                Place(
                    weakref.ref(each),
                    code.co_filename,
                    frame.f_lineno or 0,
                    frame.f_lasti,
                    at == innermost,
                    None if inner is None else _reference(inner),
                )
            )
        return found

    def before_step(self, task: Any, places: list[Place]) -> Optional[Hit]:
        """What stops just before a task goes on: it is about to begin, or to resume where it is suspended."""
        for place in places:
            file = self._watched(place.filename)
            coroutine = place.coroutine()
            if file is None or coroutine is None or not place.innermost:
                continue
            if tasks.has_not_started(task):
                code = code_of(coroutine)
                first = 0 if code is None else code.co_firstlineno
                hit = self._stopping(file.by_definition.get(first, ()), coroutine, "is about to begin")
            else:
                hit = self._stopping(
                    file.by_line.get(place.line, ()), coroutine, f"is about to resume from line {place.line}", False
                )
            if hit is not None:
                return hit
        return None

    def after_step(self, before: list[Place], after: list[Place]) -> Optional[Hit]:
        """What stops after a step that ended in a suspension: a place newly come to, or one that was left."""
        for place in after:
            file = self._watched(place.filename)
            coroutine = place.coroutine()
            if file is None or coroutine is None:
                continue
            earlier = next((each for each in before if each.coroutine() is coroutine), None)
            code = code_of(coroutine)
            if earlier is None and code is not None:
                hit = self._stopping(
                    file.by_definition.get(code.co_firstlineno, ()),
                    coroutine,
                    f"has begun, and awaits at line {place.line}",
                )
                if hit is not None:
                    return hit
            if earlier is None or not _same_suspension(earlier, place):
                hit = self._stopping(file.by_line.get(place.line, ()), coroutine, f"awaits at line {place.line}")
                if hit is not None:
                    return hit
        for place in before:
            file = self._watched(place.filename)
            coroutine = place.coroutine()
            # Of the innermost it was told before the step.
            if file is None or coroutine is None or place.innermost or place.line not in file.by_line:
                continue
            now = next((each for each in after if each.coroutine() is coroutine), None)
            if now is not None and not _same_suspension(place, now) and now.line != place.line:
                description = f"has resumed from line {place.line}, and awaits at line {now.line}"
                hit = self._stopping(file.by_line[place.line], coroutine, description, False)
                if hit is not None:
                    return hit
        return None

    def _watched(self, filename: str) -> Optional[FileBreakpoints]:
        # `set` puts in the files first: names remembered here then never outlive the files they were looked up in.
        by_name = self._by_name
        try:
            return by_name[filename]
        except KeyError:
            found = by_name[filename] = self._files.get(_key(filename))
            return found

    def _stopping(self, candidates: Any, coroutine: Any, description: str, arrival: bool = True) -> Optional[Hit]:
        """The first candidate that stops; those that count hits or log do so on arrival, not again on leaving."""
        for candidate in candidates:
            if not arrival and candidate.arrival_only:
                continue
            frame = tasks.frame_of(coroutine)
            with locals_of(frame) as names:
                frame_globals = frame.f_globals
                problem = ""
                if candidate.condition is not None:
                    try:
                        if not evaluation.evaluate(candidate.condition, frame_globals, names):
                            continue
                    except EvaluationError as error:
                        problem = f"; its condition failed: {error}"
                candidate.hits += 1
                if not candidate.hit_count(candidate.hits):
                    continue
                if candidate.log_message is not None and not problem:
                    self._log(candidate, evaluation.interpolate(candidate.log_message, frame_globals, names))
                    continue
            return Hit(candidate, description + problem)
        return None


def _reference(target: Any) -> Any:
    try:
        return weakref.ref(target)
    except TypeError:
        # An asend() or athrow() of an asynchronous generator: kept for the length of the step.
        return lambda: target


def _same_suspension(earlier: Place, later: Place) -> bool:
    """Whether a coroutine still is in the very await that it was in."""
    if earlier.instruction != later.instruction or earlier.inner is None or later.inner is None:
        return False
    inner = earlier.inner()
    return inner is not None and inner is later.inner()


def _key(filename: str) -> str:
    return os.path.normcase(os.path.realpath(filename))
