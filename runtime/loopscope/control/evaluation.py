"""Expressions that a person asks for, evaluated where a coroutine is suspended.

An expression becomes the body of a function whose parameters are the locals it names, so that comprehensions and
lambdas in it see them too; its globals are the frame's own. Runs in the loop's thread only.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Mapping
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from . import values

OWN_FILE = "<loopscope>"
_FIELD = re.compile(r"\{([^{}]*)\}")
_MAX_SOURCE = 10_000
_MAX_CODES = 500


class EvaluationError(Exception):
    """Says in a sentence why an expression has no value."""


class Expression(NamedTuple):
    """An expression that parses."""

    source: str
    tree: ast.expr
    awaits: bool
    names: frozenset[str]


def parse(source: str) -> Expression:
    """Read an expression. Raises EvaluationError."""
    text = source.strip()
    if not text:
        raise EvaluationError("There is no expression to evaluate.")
    if len(text) > _MAX_SOURCE:
        raise EvaluationError(f"The expression is longer than {_MAX_SOURCE:,} characters.")
    try:
        module = ast.parse(f"(\n{text}\n)", OWN_FILE, "eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise EvaluationError(_why_not(text, error)) from None
    names = frozenset(node.id for node in ast.walk(module) if isinstance(node, ast.Name))
    return Expression(text, module.body, _awaits(module.body), names)


def _why_not(text: str, error: BaseException) -> str:
    try:
        ast.parse(text, OWN_FILE, "exec")
    except Exception:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        return f"SyntaxError: {message}"
    return "Only expressions can be evaluated; this is a statement."


def _awaits(node: ast.AST) -> bool:
    """Whether evaluating the expression awaits something, nested functions aside."""
    if isinstance(node, ast.Await):
        return True
    if isinstance(node, ast.comprehension) and node.is_async:
        return True
    if isinstance(node, ast.Lambda):
        return False
    return any(_awaits(child) for child in ast.iter_child_nodes(node))


def function_of(expression: Expression, frame_globals: dict[str, Any], names: Mapping[str, Any]) -> Any:
    """A function of the locals the expression names, and a coroutine function when it awaits."""
    parameters = sorted(name for name in expression.names if name in names and name.isidentifier())
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(arg=name) for name in parameters], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    body: list[ast.stmt] = [ast.Return(value=expression.tree)]
    kind = ast.AsyncFunctionDef if expression.awaits else ast.FunctionDef
    definition: Any = kind(
        name="evaluate", args=arguments, body=body, decorator_list=[], returns=None, type_comment=None
    )
    definition.type_params = []
    module = ast.fix_missing_locations(ast.Module(body=[definition], type_ignores=[]))
    try:
        compiled = compile(module, OWN_FILE, "exec")
    except (SyntaxError, ValueError, RecursionError) as error:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        raise EvaluationError(f"SyntaxError: {message}") from None
    code = next(each for each in compiled.co_consts if isinstance(each, CodeType))
    function = FunctionType(code, frame_globals, "evaluate")
    function.__defaults__ = tuple(names[name] for name in parameters)
    return function


def evaluate(expression: Expression, frame_globals: dict[str, Any], names: Mapping[str, Any]) -> Any:
    """The value of an expression that awaits nothing. Raises EvaluationError with what it raised."""
    function = function_of(expression, frame_globals, names)
    try:
        return function()
    except BaseException as error:
        raise EvaluationError(describe_exception(error)) from None


def describe_exception(error: BaseException) -> str:
    """Class and message of an exception that an evaluation raised."""
    try:
        message = str(error)
    except BaseException:
        message = ""
    name = values.class_name(type(error))
    return f"{name}: {message}" if message else name


def look_up(source: str, frame_globals: dict[str, Any], names: Mapping[str, Any]) -> Any:
    """The value of a name, or of attributes and items reached from one, without running any code of the program.

    Raises EvaluationError when there is no such value or it takes running code to get it.
    """
    return _look_up(parse(source).tree, frame_globals, names)


def _look_up(node: ast.expr, frame_globals: dict[str, Any], names: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        for scope in (names, frame_globals, vars(builtins)):
            if node.id in scope:
                return scope[node.id]
        raise EvaluationError(f"NameError: name {node.id!r} is not defined")
    if isinstance(node, ast.Attribute):
        whole = _look_up(node.value, frame_globals, names)
        try:
            return values.attribute(whole, node.attr)
        except AttributeError as error:
            raise EvaluationError(f"{error}; evaluate it in the debug console.") from None
    if isinstance(node, ast.Subscript):
        index: Any = node.slice
        index = getattr(index, "value", None) if not isinstance(index, ast.Constant) else index
        if isinstance(index, ast.Constant):
            whole = _look_up(node.value, frame_globals, names)
            try:
                return values.item(whole, index.value)
            except (LookupError, TypeError) as error:
                raise EvaluationError(describe_exception(error)) from None
        if not isinstance(node.slice, ast.Constant) and type(index) in (int, str):
            whole = _look_up(node.value, frame_globals, names)
            try:
                return values.item(whole, index)
            except (LookupError, TypeError) as error:
                raise EvaluationError(describe_exception(error)) from None
    raise EvaluationError("Only names, attributes and items are shown so; evaluate it in the debug console.")


def interpolate(template: str, frame_globals: dict[str, Any], names: Mapping[str, Any]) -> str:
    """The text of a log message: each `{expression}` is replaced by its value, or by what it raised."""

    def replace(match: re.Match[str]) -> str:
        try:
            expression = parse(match.group(1))
            if expression.awaits:
                raise EvaluationError("a log message cannot await")
            value = evaluate(expression, frame_globals, names)
        except EvaluationError as error:
            return f"<{error}>"
        return value if type(value) is str else values.text_of(value)

    return _FIELD.sub(replace, template)
