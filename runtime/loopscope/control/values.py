"""Values in words, and their parts, without running any code of the program.

What a program's class says about itself is never asked: its `__repr__`, `__len__`, properties and `__getattr__` may be
wrong, slow or raise. The contents of built-in types are read by the built-in types' own methods, so also those of
classes derived from them; anything else is its class and address until a person opens it.
"""

from __future__ import annotations

import sys
import types
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple, Optional

_MAX_TEXT = 300
_MAX_ITEMS = 8
_MAX_DEPTH = 2
_MAX_INTEGER_BITS = 2_000
_DICT_OF_TYPE: Any = type.__dict__["__dict__"]
_MRO: Any = type.__dict__["__mro__"]
_DICT_DESCRIPTORS = (types.GetSetDescriptorType, types.MemberDescriptorType)
_SEQUENCES: tuple[Any, ...] = (list, tuple, deque)
_SETS: tuple[Any, ...] = (set, frozenset)
# Classes of the standard library whose own `repr` runs nothing of the program's.
_TRUSTED = {
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "ipaddress": ("IPv4Address", "IPv6Address", "IPv4Network", "IPv6Network"),
    "pathlib": ("PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath"),
    "pathlib._local": ("PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath"),
    "re": ("Pattern",),
    "uuid": ("UUID",),
    "zoneinfo": ("ZoneInfo",),
}


class Part(NamedTuple):
    """One part of a value."""

    name: str
    value: Any
    expression: Optional[str]
    """What to append to the expression for the whole to reach it; None when it cannot be written."""


def type_name(value: Any) -> str:
    """The qualified name of a value's class, with its module unless that is `builtins`."""
    return class_name(type(value))


def class_name(cls: type) -> str:
    """The qualified name of a class, with its module unless that is `builtins`; a metaclass is not asked."""
    name: str = type.__getattribute__(cls, "__qualname__")
    try:
        module = type.__getattribute__(cls, "__module__")
    except AttributeError:
        module = None
    return name if module == "builtins" or not isinstance(module, str) else f"{module}.{name}"


def text_of(value: Any, depth: int = 0) -> str:
    """A value in at most some hundred characters."""
    try:
        text = _text_of(value, depth)
    except Exception:
        text = _plain(value)
    return text if len(text) <= _MAX_TEXT * 2 else text[: _MAX_TEXT * 2] + "…"


def _plain(value: Any) -> str:
    return f"<{type_name(value)} object at {id(value):#x}>"


def _text_of(value: Any, depth: int) -> str:
    cls = type(value)
    if value is None or value is Ellipsis or value is NotImplemented or cls in (bool, float, complex, range, slice):
        if cls is slice:
            return f"slice({', '.join(text_of(each, depth + 1) for each in (value.start, value.stop, value.step))})"
        return repr(value)
    if cls is int:
        bits = value.bit_length()
        return repr(value) if bits <= _MAX_INTEGER_BITS else f"<int of {bits:,} bits>"
    if cls is str or cls is bytes or cls is bytearray:
        long = len(value)
        return repr(value) if long <= _MAX_TEXT else f"{value[:_MAX_TEXT]!r}… ({long:,} long)"
    if issubclass(cls, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        return _text_of_callable(value)
    if issubclass(cls, type):
        return f"<class {class_name(value)}>"
    if issubclass(cls, types.ModuleType):
        name = types.ModuleType.__getattribute__(value, "__dict__").get("__name__")
        return f"<module {name if type(name) is str else '?'}>"
    if issubclass(cls, BaseException):
        arguments: Any = BaseException.args.__get__(value)  # type: ignore[attr-defined]
        return f"{class_name(cls)}({', '.join(text_of(each, depth + 1) for each in arguments[:_MAX_ITEMS])})"
    if issubclass(cls, (types.CoroutineType, types.GeneratorType, types.AsyncGeneratorType)):
        return f"<{cls.__name__.replace('_', ' ')} {value.__qualname__}>"
    if _is_trusted(cls):
        return repr(value)
    size = length(value)
    if size is not None:
        return _text_of_container(value, cls, size, depth)
    return _plain(value)


def _text_of_callable(value: Any) -> str:
    name = value.__qualname__
    owner = getattr(value, "__self__", None)
    if owner is not None and not isinstance(owner, types.ModuleType):
        return f"<method {name} of {_plain(owner)[1:]}"
    return f"<function {name}>"


def _is_trusted(cls: type) -> bool:
    module = type.__getattribute__(cls, "__module__")
    name = type.__getattribute__(cls, "__name__")
    if type(module) is not str or name not in _TRUSTED.get(module, ()):
        return False
    return getattr(sys.modules.get(module), name, None) is cls


def length(value: Any) -> Optional[int]:
    """The number of items of a built-in container, or of a class derived from one; None for anything else."""
    for base in (*_SEQUENCES, *_SETS, dict):
        if isinstance_of(value, base):
            return int(base.__len__(value))
    return None


def isinstance_of(value: Any, base: type) -> bool:
    """`isinstance` by the real class, whatever the value's `__class__` says."""
    return issubclass(type(value), base)


def _text_of_container(value: Any, cls: type, size: int, depth: int) -> str:
    name = "" if cls in (list, tuple, set, dict) else class_name(cls)
    if depth >= _MAX_DEPTH:
        return f"{name or cls.__name__} of {size:,}" if size else (name or cls.__name__) + " of 0"
    if isinstance_of(value, dict):
        shown = [
            f"{text_of(key, depth + 1)}: {text_of(item, depth + 1)}" for key, item in islice(_items(value), _MAX_ITEMS)
        ]
        opening, closing = "{", "}"
    else:
        shown = [text_of(item, depth + 1) for item in islice(_iterate(value), _MAX_ITEMS)]
        opening, closing = "{}" if isinstance_of(value, _SETS[0]) or isinstance_of(value, _SETS[1]) else "[]"
        if isinstance_of(value, tuple):
            opening, closing = "()"
            if size == 1:
                shown[0] += ","
    more = f", … ({size:,} items)" if size > len(shown) else ""
    body = f"{opening}{', '.join(shown)}{more}{closing}"
    if name and isinstance_of(value, tuple):
        return name + body
    return f"{name}({body})" if name else body


def _iterate(value: Any) -> Iterator[Any]:
    for base in (*_SEQUENCES, *_SETS):
        if isinstance_of(value, base):
            return iter(base.__iter__(value))
    return iter(())


def _items(value: Any) -> Iterator[tuple[Any, Any]]:
    return iter(dict.items(value))


class Parts(NamedTuple):
    """How many parts a value has: by number, and by name."""

    indexed: int
    named: int


def count_parts(value: Any) -> Parts:
    """How many parts `parts` would give."""
    return Parts(_count_indexed(value), _count_keys(value) + len(_attributes(value)))


def _count_indexed(value: Any) -> int:
    return 0 if isinstance_of(value, dict) else length(value) or 0


def _count_keys(value: Any) -> int:
    return (length(value) or 0) if isinstance_of(value, dict) else 0


def parts(value: Any, start: int, count: int, kind: str) -> list[Part]:
    """`count` parts of a value from `start` on; `kind` is `indexed`, `named`, or empty for one and then the other."""
    indexed = _count_indexed(value)
    found: list[Part] = []
    if kind in ("", "indexed") and start < indexed:
        found += _indexed(value, start, min(count, indexed - start))
    if kind == "indexed" or len(found) >= count:
        return found
    begin = max(0, start - indexed) if kind == "" else start
    return found + _named(value, begin, begin + count - len(found))


def _indexed(value: Any, start: int, count: int) -> list[Part]:
    subscriptable = isinstance_of(value, _SEQUENCES[0]) or isinstance_of(value, tuple) or isinstance_of(value, deque)
    page: Any
    if isinstance_of(value, list):
        page = list.__getitem__(value, slice(start, start + count))
    elif isinstance_of(value, tuple):
        page = tuple.__getitem__(value, slice(start, start + count))
    else:
        page = list(islice(_iterate(value), start, start + count))
    return [
        Part(str(start + offset), each, f"[{start + offset}]" if subscriptable else None)
        for offset, each in enumerate(page)
    ]


def _named(value: Any, begin: int, end: int) -> list[Part]:
    found: list[Part] = []
    keys = _count_keys(value)
    if begin < keys:
        for key, item in islice(_items(value), begin, end):
            literal = type(key) in (str, int, bool, bytes, float) or key is None
            found.append(Part(text_of(key, 1), item, f"[{key!r}]" if literal else None))
    if end > keys:
        for name, item in islice(_attributes(value).items(), max(0, begin - keys), end - keys):
            found.append(Part(name, item, f".{name}" if name.isidentifier() else None))
    return found


def _attributes(value: Any) -> dict[str, Any]:
    """What a value holds in its instance dictionary and slots, read past any code of its class."""
    cls = type(value)
    if isinstance_of(value, type):
        return {name: each for name, each in _DICT_OF_TYPE.__get__(value).items() if type(name) is str}
    found: dict[str, Any] = {}
    if isinstance_of(value, BaseException):
        found["args"] = BaseException.args.__get__(value)  # type: ignore[attr-defined]
        for name in ("__cause__", "__context__"):
            linked = BaseException.__getattribute__(value, name)
            if linked is not None:
                found[name] = linked
    if isinstance_of(value, types.MethodType):
        found["__self__"] = value.__self__
    for base in _MRO.__get__(cls):
        members = _DICT_OF_TYPE.__get__(base)
        descriptor = members.get("__dict__")
        if type(descriptor) in _DICT_DESCRIPTORS and not isinstance_of(value, types.FunctionType):
            for name, each in descriptor.__get__(value).items():
                if type(name) is str:
                    found.setdefault(name, each)
        if "__slots__" in members:
            for name, member in members.items():
                if type(member) is types.MemberDescriptorType:
                    try:
                        found.setdefault(name, member.__get__(value))
                    except AttributeError:
                        continue
    return found


def attribute(value: Any, name: str) -> Any:
    """One attribute, read past any code of the program. Raises AttributeError when there is none to be had so."""
    own = _attributes(value)
    if name in own:
        return own[name]
    bases = _MRO.__get__(value if isinstance_of(value, type) else type(value))
    for base in bases:
        members = _DICT_OF_TYPE.__get__(base)
        if name in members:
            found = members[name]
            if isinstance_of(found, property) or hasattr(type(found), "__get__"):
                break
            return found
    raise AttributeError(f"{name} is not held by this {type_name(value)} itself")


def item(value: Any, key: Any) -> Any:
    """One item of a built-in container. Raises LookupError or TypeError."""
    for base in (list, tuple, dict, deque):
        if isinstance_of(value, base) and type(key) in (int, str, bool, bytes, float):
            return base.__getitem__(value, key)
    raise TypeError(f"{type_name(value)} is no built-in container")
