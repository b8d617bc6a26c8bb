"""Brings the runtime into a running process of Python 3.14 or later, which need not have been prepared.

The process has to run the same version as whoever enters it. So this file can also be run by itself, in the process's
own interpreter: `PYTHON -I -S entering.py PID SCRIPT`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Optional

_SCRIPT = """\
def enter():
    import importlib.util, os, sys
    try:
        folder = {folder!r}
        if "loopscope" not in sys.modules:
            spec = importlib.util.spec_from_file_location(
                "loopscope", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
            )
            sys.modules["loopscope"] = module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        from loopscope.attach import inside
        inside.begin({settings!r})
        problem = ""
    except Exception as error:
        problem = str(error) or type(error).__name__
    try:
        with open({answer!r}, "w", encoding="utf-8", errors="replace") as file:
            file.write(problem + "\\n")
    except OSError:
        pass
enter()
"""


class Entry:
    """One attempt to enter a process. Its files lie in the folder of discovery files, and go with `end`."""

    def __init__(self, pid: int, folder: str, settings: dict[str, object]) -> None:
        self.pid = pid
        self._script = os.path.join(folder, f"{pid}.enter.py")
        self._answer = os.path.join(folder, f"{pid}.enter.txt")
        self._settings = settings

    def begin(self, interpreter: str, version: tuple[int, int]) -> tuple[str, str]:
        """Ask the process to run the script as soon as it can; gives the class and text of an error, or two empty."""
        for path in (self._script, self._answer):
            try:
                os.unlink(path)
            except FileNotFoundError:
                pass
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        number = os.open(self._script, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(_SCRIPT.format(folder=package, settings=self._settings, answer=self._answer))
        if version == sys.version_info[:2] and hasattr(sys, "remote_exec"):
            return _remote_exec(self.pid, self._script)
        return _remote_exec_by(interpreter, self.pid, self._script)

    def answer(self) -> Optional[str]:
        """What went wrong inside, in a sentence, empty when nothing did; None while the process has not come to it."""
        try:
            with open(self._answer, encoding="utf-8") as file:
                text = file.read()
        except OSError:
            return None
        return text.strip() if text.endswith("\n") else None

    def end(self) -> None:
        """Take the files away."""
        for path in (self._script, self._answer):
            try:
                os.unlink(path)
            except OSError:
                pass

    def give_up(self) -> None:
        """The process has not come to it: when it does, it shall do nothing, and not complain that a file is gone."""
        try:
            with open(self._script, "w", encoding="utf-8"):
                pass
        except OSError:
            pass


def _remote_exec(pid: int, script: str) -> tuple[str, str]:
    try:
        sys.remote_exec(pid, script)  # type: ignore[attr-defined,unused-ignore]
    except Exception as error:
        return type(error).__name__, str(error.__cause__ or error)
    return "", ""


def _remote_exec_by(interpreter: str, pid: int, script: str) -> tuple[str, str]:
    import subprocess

    # What disables it in this process would disable it there.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [interpreter, "-I", "-S", os.path.abspath(__file__), str(pid), script]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=environment)
        kind, text = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return type(error).__name__, f"{interpreter} could not be run to enter it: {error}"
    return str(kind), str(text)


if __name__ == "__main__":
    print(json.dumps(_remote_exec(int(sys.argv[1]), sys.argv[2])))
