"""Prints, as JSON lines, the definitions, imports and calls of Python files as the interpreter's own parser sees them.

Usage: ast_facts.py FILE_WITH_PATHS. One object per line: path, definitions, imports, calls; lines from 1, columns in
UTF-16 units from 1. A file that this interpreter cannot parse is left out.
"""

from __future__ import annotations

import ast
import json
import sys
import warnings
from typing import Any


def column(lines: list[bytes], line: int, offset: int) -> int:
    """The UTF-16 column of a byte offset in a line."""
    return len(lines[line - 1][:offset].decode("utf-8").encode("utf-16-le")) // 2 + 1


def type_calls(targets: list[ast.expr]) -> list[ast.expr]:
    """The calls of `type` that targets such as `type(x).y.z` begin with."""
    found: list[ast.expr] = []
    for target in targets:
        root = target
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Call) and isinstance(root.func, ast.Name) and root.func.id == "type":
            found.append(root)
    return found


def facts(path: str) -> dict[str, Any] | None:
    """What one file holds, or None when it does not parse."""
    with open(path, "rb") as file:
        data = file.read()
    try:
        text = data.decode("utf-8")
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    if "\f" in text or "\r" in text or text.startswith("\ufeff"):
        return None
    lines = data.split(b"\n")
    definitions: list[Any] = []
    imports: list[Any] = []
    calls: list[Any] = []
    # The grammar takes `type(x).y = …` for a `type` statement.
    mistaken = {root for node in ast.walk(tree) if isinstance(node, ast.Assign) for root in type_calls(node.targets)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
            definitions.append([kind, node.name, len(node.decorator_list)])
        elif isinstance(node, ast.ClassDef):
            definitions.append(["class", node.name, len(node.bases)])
        elif isinstance(node, ast.Import):
            imports.extend([node.lineno, alias.name, []] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            imports.append([node.lineno, module, [alias.name for alias in node.names]])
        elif isinstance(node, ast.Call):
            if node in mistaken:
                continue
            function = node.func
            line, end = function.end_lineno or 1, function.end_col_offset or 0
            after = lines[line - 1][end:].lstrip()
            named = isinstance(function, (ast.Name, ast.Attribute)) and after.startswith(b"(")
            calls.append([line, column(lines, line, end)] if named else None)
    return {"path": path, "definitions": definitions, "imports": imports, "calls": calls}


def main() -> None:
    """Reads the list of paths and prints one line for each."""
    warnings.simplefilter("ignore")
    with open(sys.argv[1], encoding="utf-8") as file:
        for path in file.read().splitlines():
            found = facts(path)
            if found is not None:
                print(json.dumps(found))


if __name__ == "__main__":
    main()
