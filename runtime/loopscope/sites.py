"""Source places: which file and line, whose code, and what the function is called."""

from __future__ import annotations

import dis
import os
import sys
from types import CodeType, FunctionType
from typing import Any, Optional

from . import protocol

_USER_PSEUDO_FILES = ("<string>", "<stdin>", "<ipython-input", "<cell", "<console>", "<doctest")
_PACKAGE_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LIBRARY_PARTS = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def _standard_library_folders() -> tuple[str, ...]:
    folders = {os.path.dirname(os.path.abspath(os.__file__)), os.path.dirname(os.path.realpath(os.__file__))}
    declared = getattr(sys, "_stdlib_dir", None)
    if isinstance(declared, str):
        folders.add(os.path.abspath(declared))
    return tuple(folder + os.sep for folder in folders)


_STANDARD_LIBRARY = _standard_library_folders()


def is_own_file(filename: str) -> bool:
    """Whether the file belongs to this package."""
    return filename.startswith(_PACKAGE_FOLDER)


def is_user_file(filename: str) -> bool:
    """Whether code of this file is the user's: not the standard library, not an installed package, not ours."""
    if filename.startswith("<"):
        return filename.startswith(_USER_PSEUDO_FILES)
    if filename.startswith(_PACKAGE_FOLDER):
        return False
    if any(part in filename for part in _LIBRARY_PARTS):
        return False
    return not filename.startswith(_STANDARD_LIBRARY)


class FileKinds(dict[str, bool]):
    """Whether a file name is user code, remembered: `kinds[filename]` is one dictionary lookup on the hot path."""

    def __missing__(self, filename: str) -> bool:
        known = is_user_file(filename)
        self[filename] = known
        return known


def line_of_instruction(code: CodeType, offset: int) -> int:
    """The line of the instruction at a byte offset (`frame.f_lasti`); 0 when the code has none."""
    found = code.co_firstlineno
    for start, line in dis.findlinestarts(code):
        if start > offset:
            break
        if line is not None:
            found = line
    return found or 0


class Site:
    """A source place; `record` is the protocol's `Site`."""

    __slots__ = ("code", "record")

    def __init__(self, code: Optional[CodeType], record: dict[str, Any]) -> None:
        # The code is kept so that its address, which is the key in the table, is never given to another.
        self.code = code
        self.record = record


class SiteTable:
    """All source places spoken of, each with a number. Bounded by `MAX_SITES`.

    Filled by the watchdog thread and by the loop's thread; a race can at worst number one place twice.
    """

    def __init__(self) -> None:
        self.kinds = FileKinds()
        self.overflowed = 0
        self._folder = os.getcwd()
        self._sites: list[Site] = []
        self._by_line: dict[tuple[int, int], int] = {}
        self._by_instruction: dict[tuple[int, int], Optional[int]] = {}
        self._by_place: dict[tuple[str, int], int] = {}
        self._names: dict[int, str] = {}
        # Keeps what the keys of `_names` are addresses of.
        self._named: list[CodeType] = []
        self._searched_modules: set[int] = set()

    def __len__(self) -> int:
        return len(self._sites)

    def record(self, site: int) -> dict[str, Any]:
        """The `Site` record of a number given out before."""
        return self._sites[site].record

    def of_line(self, code: CodeType, line: int, module_globals: Optional[dict[str, Any]] = None) -> Optional[int]:
        """The number of a line of a code object; None when the table is full."""
        key = (id(code), line)
        site = self._by_line.get(key)
        if site is None:
            if len(self._sites) >= protocol.MAX_SITES:
                self.overflowed += 1
                return None
            site = len(self._sites)
            record = {
                "id": site,
                "file": self.path_of(code.co_filename),
                "line": max(0, line),
                "function": self.name_of(code, module_globals),
                "user": self.kinds[code.co_filename],
            }
            self._sites.append(Site(code, record))
            self._by_line[key] = site
        return site

    def of_instruction(self, code: CodeType, offset: int) -> Optional[int]:
        """The number of the line that holds an instruction; None when the table is full."""
        key = (id(code), offset)
        try:
            return self._by_instruction[key]
        except KeyError:
            site = self.of_line(code, line_of_instruction(code, offset))
            if site is not None and len(self._by_instruction) < 4 * protocol.MAX_SITES:
                self._by_instruction[key] = site
            return site

    def of_place(self, filename: str, line: int, function: str) -> Optional[int]:
        """The number of a line that is known by name only; None when the table is full."""
        key = (filename, line)
        site = self._by_place.get(key)
        if site is None:
            if len(self._sites) >= protocol.MAX_SITES:
                self.overflowed += 1
                return None
            site = self._by_place[key] = len(self._sites)
            path, user = self.path_of(filename), self.kinds[filename]
            record = {"id": site, "file": path, "line": max(0, line), "function": function, "user": user}
            self._sites.append(Site(None, record))
        return site

    def name_of(self, code: CodeType, module_globals: Optional[dict[str, Any]] = None) -> str:
        """The qualified name of a code object's function.

        Python 3.11 keeps it in the code. Before that it is looked for among the functions and classes of the module;
        one that cannot be found there is called by its bare name.
        """
        qualified = getattr(code, "co_qualname", None)
        if isinstance(qualified, str):
            return qualified
        known = self._names.get(id(code))
        if known is not None:
            return known
        if module_globals is None:
            module_globals = self._globals_of(code.co_filename)
        if module_globals is not None and id(module_globals) not in self._searched_modules:
            self._searched_modules.add(id(module_globals))
            for name, value in list(module_globals.items()):
                self._name_members(name, value, module_globals, 0)
        return self._names.get(id(code), code.co_name)

    def _globals_of(self, filename: str) -> Optional[dict[str, Any]]:
        for module in list(sys.modules.values()):
            try:
                members = module.__dict__
                if members.get("__file__") == filename:
                    return members
            except AttributeError:
                continue
        return None

    def _name_members(self, name: str, value: Any, module_globals: dict[str, Any], depth: int) -> None:
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        if isinstance(value, property):
            value = value.fget
        if type(value) is FunctionType:
            wrapped = value.__dict__.get("__wrapped__")
            if type(wrapped) is FunctionType:
                self._name_code(wrapped.__code__, wrapped.__qualname__)
            if value.__globals__ is module_globals:
                self._name_code(value.__code__, value.__qualname__)
        elif isinstance(value, type) and depth < 3 and value.__module__ == module_globals.get("__name__"):
            for member_name, member in list(vars(value).items()):
                if member is not value:
                    self._name_members(member_name, member, module_globals, depth + 1)

    def _name_code(self, code: CodeType, qualified: str) -> None:
        if id(code) in self._names or len(self._names) >= protocol.MAX_SITES:
            return
        self._names[id(code)] = qualified
        self._named.append(code)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._name_code(constant, f"{qualified}.<locals>.{constant.co_name}")

    def path_of(self, filename: str) -> str:
        """The absolute path of a code object's file; its name where it is no file."""
        if filename.startswith("<"):
            return filename
        return os.path.normpath(os.path.join(self._folder, filename))
