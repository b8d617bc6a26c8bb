"""Notices Python processes that the program starts and that the runtime cannot enter.

A child that runs with `-I`, `-E` or `-S` reads no PYTHONPATH or runs no sitecustomize. `subprocess.Popen` begins by
calling `_cleanup()` of its module, whichever way it then starts the child. That name is replaced, and the command is
read from the caller's frame: so no frame of ours is in the traceback when the child cannot be started.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from . import restore


class ChildrenHook:
    """Calls `on_missed(command)` in the thread that starts such a child; it must not raise."""

    def __init__(self, on_missed: Callable[[str], None], on_error: Callable[[], None]) -> None:
        self._on_missed = on_missed
        self._on_error = on_error
        self._ours: Any = None
        self._original: Any = None

    def install(self) -> None:
        """Put the hook in."""
        original: Any = getattr(subprocess, "_cleanup", None)
        if original is None:
            return
        note = self._note
        getframe = sys._getframe

        def _cleanup() -> None:
            note(getframe(1))
            original()

        self._original = original
        self._ours = _cleanup
        subprocess._cleanup = _cleanup  # type: ignore[attr-defined]

    def remove(self) -> None:
        """Take the hook out."""
        if self._ours is not None:
            restore(subprocess, "_cleanup", self._ours, self._original)
        self._ours = None

    def _note(self, caller: Any) -> None:
        try:
            members = caller.f_locals
            arguments = members.get("args")
            if not isinstance(arguments, (list, tuple)) or not arguments:
                return
            words = [os.fsdecode(word) for word in arguments]
            name = os.path.basename(os.fsdecode(members.get("executable") or words[0]))
            is_python = name.startswith("python") or name == os.path.basename(sys.executable or "python")
            if is_python and is_isolated(words[1:]):
                self._on_missed(" ".join(words)[:200])
        except Exception:
            self._on_error()


def is_isolated(words: list[str]) -> bool:
    """Whether a Python command line (without the interpreter) keeps PYTHONPATH or sitecustomize out."""
    skip = False
    for word in words:
        if skip:
            skip = False
            continue
        if word in ("-", "--") or not word.startswith("-"):
            return False
        if word.startswith("--"):
            continue
        for index, letter in enumerate(word[1:]):
            if letter in "IES":
                return True
            if letter in "cm":
                return False
            if letter in "WX":
                skip = index + 2 == len(word)
                break
    return False
