"""Reads from the source of a coroutine which locks it holds at one of its lines by `await lock.acquire()`.

A lock counts as held where the statement that acquired it has been executed for certain, none since can have released
it, and the same function releases it further on. Nothing else is said to be held.
"""

from __future__ import annotations

import ast
import dis
import linecache
import textwrap
from collections.abc import Iterable, Iterator
from types import CodeType, MemberDescriptorType, ModuleType
from typing import Any, Optional

_MAX_CACHED = 2_000
# A statement may go on below the last line that has code of its own: closing brackets do not.
_LINES_BEYOND = 10
_Path = tuple[str, ...]
_MISSING: Any = object()


class AcquiredPaths:
    """What is known of lines, by code and line. `look_up` reads no file; `read_wanted` does."""

    def __init__(self) -> None:
        self._known: dict[tuple[CodeType, int], tuple[_Path, ...]] = {}
        self._wanted: set[tuple[CodeType, int]] = set()

    def look_up(self, code: CodeType, line: int) -> tuple[_Path, ...]:
        """The dotted names of the locks held at a line; none as long as its source has not been read."""
        if "acquire" not in code.co_names or "release" not in code.co_names:
            return ()
        known = self._known.get((code, line))
        if known is None:
            if len(self._wanted) < _MAX_CACHED:
                self._wanted.add((code, line))
            return ()
        return known

    def read_wanted(self) -> None:
        """Read the source of the lines that were asked for. Not in a thread that runs a loop."""
        if len(self._known) > _MAX_CACHED:
            self._known.clear()
        while self._wanted:
            code, line = self._wanted.pop()
            function = _function_of(code)
            self._known[code, line] = () if function is None else tuple(held_at(function, line))


def _function_of(code: CodeType) -> Optional[ast.AsyncFunctionDef]:
    lines = linecache.getlines(code.co_filename)
    first = code.co_firstlineno
    last = max(_lines_of(code), default=first)
    for beyond in range(_LINES_BEYOND):
        text = textwrap.dedent("".join(lines[first - 1 : last + beyond]))
        try:
            (function,) = ast.parse(text).body
        except (SyntaxError, ValueError):
            continue
        if isinstance(function, ast.AsyncFunctionDef) and function.name == code.co_name:
            ast.increment_lineno(function, first - 1)
            return function
        return None
    return None


def _lines_of(code: CodeType) -> Iterator[int]:
    for _, line in dis.findlinestarts(code):
        if line is not None:
            yield line
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _lines_of(constant)


def held_at(function: ast.AsyncFunctionDef, line: int) -> list[_Path]:
    """The dotted names of the locks that a function holds while it is suspended at a line."""
    held: dict[_Path, None] = {}
    _go_to(function.body, line, held)
    unsure = set(_released_in_nested_functions(function))
    further_on = {path for path, at in _calls(function, "release") if at > line}
    return [path for path in held if path not in unsure and path in further_on]


def _go_to(block: Iterable[ast.stmt], line: int, held: dict[_Path, None]) -> None:
    """Follow the statements of a block that are executed before the one at the line, and then that one inwards."""
    for statement in block:
        if not statement.lineno <= line <= (statement.end_lineno or statement.lineno):
            _execute(statement, held)
            continue
        if isinstance(statement, (ast.For, ast.AsyncFor, ast.While)):
            # An earlier round may have done what comes after the line.
            _forget(held, _touched(statement))
        if isinstance(statement, ast.Try):
            in_body = _contains(statement.body, line)
            if not in_body and _contains(statement.orelse, line):
                for each in statement.body:
                    _execute(each, held)
            elif not in_body:
                # How far the body came is not known.
                for each in statement.body + statement.orelse:
                    _forget(held, _touched(each))
        for inner in _blocks(statement):
            if _contains(inner, line):
                _go_to(inner, line, held)
        return


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
    for case in getattr(statement, "cases", ()):
        yield case.body


def _contains(block: list[ast.stmt], line: int) -> bool:
    return bool(block) and block[0].lineno <= line <= (block[-1].end_lineno or block[-1].lineno)


def _execute(statement: ast.stmt, held: dict[_Path, None]) -> None:
    """A statement has been executed to its end."""
    _forget(held, _touched(statement))
    value = getattr(statement, "value", None) if isinstance(statement, (ast.Expr, ast.Assign)) else None
    call = value.value if isinstance(value, ast.Await) else None
    if isinstance(call, ast.Call) and _path(call.func)[-1:] == ("wait_for",) and call.args:
        call = call.args[0]
    path = _path_of_call(call, "acquire")
    if path is not None:
        held[path] = None


def _touched(statement: ast.stmt) -> set[_Path]:
    """Locks that a statement may release, and variables that it sets."""
    touched = {path for path, _ in _calls(statement, "release")}
    touched.update((node.id,) for node in ast.walk(statement) if isinstance(node, ast.Name) and _sets(node))
    touched.update(
        _path(node) for node in ast.walk(statement) if isinstance(node, ast.Attribute) and _sets(node) and _path(node)
    )
    return touched


def _sets(node: Any) -> bool:
    return not isinstance(node.ctx, ast.Load)


def _forget(held: dict[_Path, None], touched: set[_Path]) -> None:
    for path in list(held):
        if any(path[: len(each)] == each for each in touched):
            del held[path]


def _calls(node: ast.AST, method: str) -> Iterator[tuple[_Path, int]]:
    for each in ast.walk(node):
        path = _path_of_call(each, method)
        if path is not None:
            yield path, each.lineno  # type: ignore[attr-defined]


def _released_in_nested_functions(function: ast.AsyncFunctionDef) -> Iterator[_Path]:
    for node in ast.walk(function):
        if node is not function and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            for path, _ in _calls(node, "release"):
                yield path


def _path_of_call(node: Any, method: str) -> Optional[_Path]:
    if not isinstance(node, ast.Call):
        return None
    path = _path(node.func)
    return path[:-1] if len(path) > 1 and path[-1] == method else None


def _path(node: Any) -> _Path:
    """The names of a dotted expression; none when it is no such."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        inner = _path(node.value)
        return (*inner, node.attr) if inner else ()
    return ()


def resolve(path: _Path, frame: Any) -> Any:
    """The object that a dotted name stands for in a suspended frame, found without running code of the program's."""
    members = frame.f_locals
    value = members.get(path[0], _MISSING)
    if type(members) is dict and members is not frame.f_globals and frame.f_trace is None:
        # Up to Python 3.12 this is a copy that lives as long as the frame: keep nothing alive with it.
        members.clear()
    if value is _MISSING:
        value = frame.f_globals.get(path[0])
    for name in path[1:]:
        value = _attribute(value, name)
    return value


def _attribute(value: Any, name: str) -> Any:
    if isinstance(value, ModuleType):
        return vars(value).get(name)
    try:
        members = object.__getattribute__(value, "__dict__")
    except AttributeError:
        members = {}
    if name in members:
        return members[name]
    for cls in type(value).__mro__:
        if name in vars(cls):
            found = vars(cls)[name]
            try:
                return found.__get__(value) if isinstance(found, MemberDescriptorType) else found
            except AttributeError:
                return None
    return None
