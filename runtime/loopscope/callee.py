"""What a line calls, by its qualified name.

For a call of a Python function there is a frame. A call of a C function has none: its name is read from the bytecode of
the innermost frame and looked up among that frame's globals. Locals are not read: on Python 3.9 to 3.12 that would keep
the program's objects alive.
"""

from __future__ import annotations

import builtins
import dis
import functools
import sys
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any, Optional

_LOADS = (
    "LOAD_GLOBAL",
    "LOAD_NAME",
    "LOAD_FAST",
    "LOAD_DEREF",
    "LOAD_CLASSDEREF",
    "LOAD_FAST_CHECK",
    "LOAD_FAST_BORROW",
    "LOAD_FAST_AND_CLEAR",
    "LOAD_FROM_DICT_OR_GLOBALS",
    "LOAD_FROM_DICT_OR_DEREF",
)
_ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")
_CALLS = ("CALL", "CALL_FUNCTION", "CALL_METHOD", "CALL_FUNCTION_KW", "CALL_FUNCTION_EX", "CALL_KW", "PRECALL")
_AFTER_CALL = ("CACHE", "POP_TOP", "STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "RETURN_VALUE", "STORE_DEREF")
_IMPORTLIB = ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>")


def of_python_frame(frame: FrameType, qualified: str) -> str:
    """The name of the Python function that a frame runs, as its users write it.

    `qualified` is the function's qualified name in its module. A function that a parent package offers under the same
    name is called by that: `requests.get`, not `requests.api.get`.
    """
    code = frame.f_code
    if code.co_filename in _IMPORTLIB:
        return "import"
    module = frame.f_globals.get("__name__")
    if not isinstance(module, str):
        return qualified
    qualified = qualified.split(".<locals>.", 1)[0]
    parts = module.split(".")
    for length in range(1, len(parts)):
        package = sys.modules.get(".".join(parts[:length]))
        if package is not None and _code_of(_member(package, qualified)) is code:
            return f"{package.__name__}.{qualified}"
    return f"{module}.{qualified}" if module != "__main__" else qualified


def of_call_without_frame(code: CodeType, instruction: int, module_globals: dict[str, Any]) -> Optional[str]:
    """The name of the C function that the instruction at byte offset `instruction` calls; None when it calls none."""
    path = called_path(code, instruction)
    if path is None:
        return None
    return _resolve(path, module_globals, code)


def of_callable(function: Any) -> Optional[str]:
    """The qualified name of a callable that has no frame of its own, such as a callback written in C."""
    for _ in range(4):
        if not isinstance(function, functools.partial):
            break
        function = function.func
    if isinstance(function, (BuiltinFunctionType, FunctionType, MethodType)):
        return _name_of_object(function)
    return None


def is_written_in_c(function: Any) -> bool:
    """Whether calling this makes no Python frame of its own."""
    for _ in range(4):
        if not isinstance(function, functools.partial):
            break
        function = function.func
    return isinstance(function, BuiltinFunctionType)


def called_path(code: CodeType, instruction: int) -> Optional[list[str]]:
    """The dotted path that the call at a byte offset is written with, such as `["time", "sleep"]`.

    A path whose first part is `""` begins with something that is no name, such as the result of another call.
    """
    key = id(code), instruction
    known = _paths.get(key)
    if known is None:
        if len(_paths) >= _MAX_PATHS:
            _paths.clear()
        # The code is kept so that its address stays its own.
        known = _paths[key] = code, _find_path(code, instruction)
    return known[1]


_MAX_PATHS = 4096
_paths: dict[tuple[int, int], tuple[CodeType, Optional[list[str]]]] = {}


def _find_path(code: CodeType, instruction: int) -> Optional[list[str]]:
    before: list[dis.Instruction] = []
    for current in dis.get_instructions(code):
        if current.offset > instruction:
            break
        before.append(current)
    while before and before[-1].opname in _AFTER_CALL:
        # A call that held the GIL is often seen one instruction late.
        if len(before) > 1 and before[-1].opname == "POP_TOP" and before[-2].opname not in (*_CALLS, "CACHE"):
            return None
        before.pop()
    if not before or before[-1].opname not in _CALLS:
        return None
    if sys.version_info >= (3, 11):
        return _path_by_position(before)
    return _path_by_stack(before)


def _path_by_position(before: list[dis.Instruction]) -> Optional[list[str]]:
    """A call begins where the expression it calls begins, and ends after it."""
    position: Any = getattr(before[-1], "positions", None)
    if position is None or position.lineno is None or position.col_offset is None:
        return None
    start = position.lineno, position.col_offset
    path: list[str] = []
    for current in before[:-1]:
        at: Any = getattr(current, "positions", None)
        if at is None or (at.lineno, at.col_offset) != start:
            continue
        if current.opname == "PRECALL":
            continue
        if current.opname in _CALLS or current.opname.startswith("BINARY_"):
            path = [""]
        elif current.opname in _LOADS:
            path = [str(current.argval)]
        elif current.opname in _ATTRIBUTES and path:
            path.append(str(current.argval))
    return path or None


def _path_by_stack(before: list[dis.Instruction]) -> Optional[list[str]]:
    """Walk back over the instructions that pushed the arguments, to the ones that pushed the callable."""
    call = before[-1]
    pushed = call.arg or 0
    if call.opname == "CALL_FUNCTION_KW":
        pushed += 1
    elif call.opname == "CALL_FUNCTION_EX":
        pushed = 1 + (pushed & 1)
    at = len(before) - 2
    while at >= 0 and pushed > 0:
        try:
            pushed -= dis.stack_effect(before[at].opcode, before[at].arg, jump=False)
        except ValueError:
            return None
        at -= 1
    if pushed:
        return None
    path: list[str] = []
    while at >= 0:
        current = before[at]
        if current.opname in _ATTRIBUTES:
            path.insert(0, str(current.argval))
            at -= 1
            continue
        path.insert(0, str(current.argval) if current.opname in _LOADS else "")
        return path
    return None


def _resolve(path: list[str], module_globals: dict[str, Any], code: CodeType) -> str:
    """Give a dotted path its full name, as far as globals and modules tell it."""
    root = path[0]
    if root == "":
        return ".".join(path[1:]) if len(path) > 1 else "call"
    value: Any = _imported_inside(code, root) if root in code.co_varnames else module_globals.get(root, _MISSING)
    if value is _MISSING and root not in code.co_varnames:
        value = vars(builtins).get(root, _MISSING)
    if value is _MISSING:
        return ".".join(path)
    owner: Any = None
    for name in path[1:]:
        owner, value = value, _static_attribute(value, name)
        if value is _MISSING:
            return ".".join([_name_of_object(owner) or path[0], *path[path.index(name) :]])
    if isinstance(owner, ModuleType):
        return f"{owner.__name__}.{path[-1]}"
    if owner is not None and not isinstance(owner, type):
        return f"{type(owner).__module__}.{type(owner).__qualname__}.{path[-1]}"
    return _name_of_object(value) or ".".join(path)


_MISSING = object()


def _imported_inside(code: CodeType, name: str) -> Any:
    """What a local name stands for, when the function binds it by one import statement and nothing else."""
    bound: Any = _MISSING
    module: Any = None
    previous: Optional[dis.Instruction] = None
    for current in dis.get_instructions(code):
        if current.opname == "IMPORT_NAME":
            module = sys.modules.get(str(current.argval))
        elif current.opname.startswith("STORE_FAST") and current.argval == name:
            if previous is None or bound is not _MISSING:
                return _MISSING
            if previous.opname == "IMPORT_NAME":
                top = str(previous.argval).partition(".")[0]
                bound = sys.modules.get(top, _MISSING)
            elif previous.opname == "IMPORT_FROM" and module is not None:
                bound = vars(module).get(str(previous.argval), _MISSING)
            else:
                return _MISSING
        if current.opname not in ("CACHE", "EXTENDED_ARG"):
            previous = current
    return bound


def _static_attribute(value: Any, name: str) -> Any:
    """An attribute without running any code of the program's."""
    if isinstance(value, ModuleType):
        return vars(value).get(name, _MISSING)
    if isinstance(value, type):
        return _from_classes(value, name)
    try:
        members = object.__getattribute__(value, "__dict__")
    except AttributeError:
        members = {}
    if isinstance(members, dict) and name in members:
        return members[name]
    return _from_classes(type(value), name)


def _from_classes(cls: type, name: str) -> Any:
    for base in type.__getattribute__(cls, "__mro__"):
        members = type.__getattribute__(base, "__dict__")
        if name in members:
            return members[name]
    return _MISSING


def _name_of_object(value: Any) -> Optional[str]:
    if isinstance(value, ModuleType):
        return value.__name__
    if isinstance(value, MethodType):
        value = value.__func__
    if isinstance(value, BuiltinFunctionType) and not isinstance(value.__self__, (ModuleType, type(None), type)):
        owner = type(value.__self__)
        return f"{owner.__module__}.{owner.__qualname__}.{value.__name__}"
    name = getattr(type(value), "__qualname__", None)
    if isinstance(value, (FunctionType, BuiltinFunctionType, type)):
        name = value.__qualname__
        module = value.__module__
    elif hasattr(value, "__objclass__") and hasattr(value, "__name__"):
        return f"{value.__objclass__.__module__}.{value.__objclass__.__qualname__}.{value.__name__}"
    else:
        module = type(value).__module__
    if not isinstance(name, str):
        return None
    if module in (None, "builtins"):
        return name
    public = str(module).lstrip("_")
    if public != module and getattr(sys.modules.get(public), name, None) is value:
        module = public
    return f"{module}.{name}"


def _member(module: ModuleType, qualified: str) -> Any:
    value: Any = module
    for name in qualified.split("."):
        value = _static_attribute(value, name)
        if value is _MISSING:
            return None
    return value


def _code_of(value: Any) -> Optional[CodeType]:
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    return value.__code__ if type(value) is FunctionType else None
