"""Where a source file's coroutines can be suspended, and where they begin.

Read from the file as it is on disk, without importing or running it.
"""

from __future__ import annotations

import ast
import dis
import inspect
import warnings
from types import CodeType
from typing import NamedTuple, Optional

# What a coroutine is suspended in: `YIELD_FROM` up to Python 3.10, `SEND` after.
_SUSPENDING = ("YIELD_FROM", "SEND")
_ASYNCHRONOUS = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
_MAX_SOURCE_BYTES = 10_000_000


class SourceError(Exception):
    """Says in a sentence why a file's suspension points cannot be told."""


class Point(NamedTuple):
    """A place at which a breakpoint can stop."""

    line: int
    """The line by which a suspended frame is recognised; of a definition, the first line of its code object."""
    shown_line: int
    """The line at which the breakpoint is shown."""
    is_definition: bool


class SuspensionPoints:
    """The lines of one file at which a coroutine can be suspended."""

    def __init__(self, filename: str) -> None:
        """Raises SourceError."""
        try:
            with open(filename, "rb") as file:
                source = file.read(_MAX_SOURCE_BYTES)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._tree = ast.parse(source, filename)
                code = compile(source, filename, "exec", dont_inherit=True)
        except OSError as error:
            raise SourceError(f"{filename} cannot be read: {error.strerror}.") from None
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise SourceError(f"{filename} is no Python that this interpreter can read: {error}.") from None
        self._lines = set(_suspension_lines(code))

    def at(self, line: int) -> Optional[Point]:
        """The place meant by a breakpoint on a line, None when nothing is awaited or defined there."""
        if line in self._lines:
            return Point(line, line, False)
        best: Optional[tuple[int, int]] = None
        for node in ast.walk(self._tree):
            if isinstance(node, ast.AsyncFunctionDef):
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                if first <= line < max(node.body[0].lineno, node.lineno + 1):
                    return Point(first, node.lineno, True)
            elif isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)):
                end = node.end_lineno if isinstance(node, ast.Await) else node.body[0].lineno - 1
                if node.lineno <= line <= (end or node.lineno):
                    size = (end or node.lineno) - node.lineno
                    inside = [each for each in self._lines if node.lineno <= each <= (end or node.lineno)]
                    if inside and (best is None or size < best[0]):
                        best = size, min(inside)
        return None if best is None else Point(best[1], best[1], False)


def _suspension_lines(code: CodeType) -> set[int]:
    lines: set[int] = set()
    pending = [code]
    while pending:
        current = pending.pop()
        pending += [each for each in current.co_consts if isinstance(each, CodeType)]
        if not current.co_flags & _ASYNCHRONOUS:
            continue
        line = current.co_firstlineno
        starts = dict(dis.findlinestarts(current))
        for instruction in dis.get_instructions(current):
            line = starts.get(instruction.offset) or line
            if instruction.opname in _SUSPENDING:
                lines.add(line)
    return lines
