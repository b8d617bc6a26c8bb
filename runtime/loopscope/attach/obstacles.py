"""Why a process cannot be entered: the sentence that names the right or the setting that is missing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Optional

PTRACE_SCOPE = "/proc/sys/kernel/yama/ptrace_scope"
_FIRST = (3, 14)
_DISABLE_VARIABLE = "PYTHON_DISABLE_REMOTE_DEBUG"
_OTHERWISE = "start it by `python -m loopscope run`, or call `loopscope.install()` in it, and attach then"


class CannotAttach(Exception):
    """A process that cannot be attached to; the text is one sentence: what is in the way, and what to do."""


def check_exists(pid: int) -> None:
    """Raises CannotAttach when there is no such process, or none that this user may know of."""
    if sys.platform == "win32":
        return
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        raise CannotAttach(f"There is no process {pid}.") from None
    except PermissionError:
        raise CannotAttach(_of_another_user(pid)) from None
    except OverflowError:
        raise CannotAttach(f"{pid} is no process id.") from None


def interpreter_of(pid: int) -> tuple[str, tuple[int, int]]:
    """The interpreter that a process runs in, and its version. Raises CannotAttach when it cannot be entered.

    Where the system does not tell, that is the interpreter of this process.
    """
    check_exists(pid)
    if sys.platform != "linux":
        if sys.version_info[:2] < _FIRST:
            raise CannotAttach(_too_old(pid, sys.version_info[:2]))
        return sys.executable, sys.version_info[:2]
    if _state(pid) == "Z":
        raise CannotAttach(f"Process {pid} has ended; its parent has not taken note yet.")
    owner = os.stat(f"/proc/{pid}").st_uid
    if owner != os.geteuid():
        raise CannotAttach(_of_another_user(pid))
    try:
        executable = os.readlink(f"/proc/{pid}/exe")
    except PermissionError:
        raise CannotAttach(_no_right(pid)) from None
    except OSError:
        raise CannotAttach(f"Process {pid} is a thread of the system's, not Python.") from None
    name = os.path.basename(executable.replace(" (deleted)", ""))
    if not re.match(r"python[\d.]*t?$", name):
        if name.startswith("pypy"):
            raise CannotAttach(f"Process {pid} is PyPy ({name}), which no one can enter; {_OTHERWISE}.")
        raise CannotAttach(
            f"Process {pid} is {name}, not a Python interpreter that can be entered: name the process that runs Python."
        )
    if not _same_root(pid):
        raise CannotAttach(
            f"Process {pid} sees other files than this one, as in a container: run `python -m loopscope attach` there, "
            "or start the program with LOOPSCOPE_LISTEN=tcp:HOST:PORT and LOOPSCOPE_TOKEN, and attach to that address."
        )
    version = _version_of(executable, name)
    if version is None:
        raise CannotAttach(f"The version of {executable}, in which process {pid} runs, could not be found out.")
    if version < _FIRST:
        raise CannotAttach(_too_old(pid, version))
    _check_settings(pid)
    return executable, version


def after(pid: int, error: str, kind: str) -> str:
    """The sentence for what `sys.remote_exec` raised: an exception's class name and text."""
    if kind == "PermissionError":
        return _no_right(pid)
    if kind == "ProcessLookupError":
        return f"There is no process {pid} any more."
    if "not enabled" in error or "disabled" in error:
        return _disabled(pid, "in its settings, or by how that Python was built")
    if "version" in error.lower():
        return f"Process {pid} runs another version of Python than the one that would enter it: {error}."
    return f"Process {pid} could not be entered: {error or kind}."


def _check_settings(pid: int) -> None:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            variables = file.read().split(b"\0")
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = [os.fsdecode(word) for word in file.read().split(b"\0")]
    except PermissionError:
        raise CannotAttach(_no_right(pid)) from None
    except OSError:
        raise CannotAttach(f"There is no process {pid} any more.") from None
    if any(word.replace("-X", "").strip().replace("_", "-") == "disable-remote-debug" for word in words[1:]):
        raise CannotAttach(_disabled(pid, "by the option -X disable-remote-debug"))
    for variable in variables:
        name, _, value = variable.partition(b"=")
        if name == _DISABLE_VARIABLE.encode() and value and "-E" not in words and "-I" not in words:
            raise CannotAttach(_disabled(pid, f"by the variable {_DISABLE_VARIABLE}"))


def _disabled(pid: int, how: str) -> str:
    return f"Remote debugging is disabled in process {pid} {how}: start it without that, or {_OTHERWISE}."


def _too_old(pid: int, version: tuple[int, ...]) -> str:
    return (
        f"Process {pid} runs Python {version[0]}.{version[1]} without Loopscope's runtime, and a running process can "
        f"be entered from Python 3.14 on: {_OTHERWISE}."
    )


def _of_another_user(pid: int) -> str:
    name = ""
    try:
        import pwd

        name = pwd.getpwuid(os.stat(f"/proc/{pid}").st_uid).pw_name
    except (ImportError, OSError, KeyError):
        pass
    who = f"the user {name}" if name else "another user"
    run = f"`sudo -u {name} python -m loopscope attach {pid}`" if name else "the command as that user"
    return f"Process {pid} belongs to {who}, and only its owner may attach: run {run}."


def _no_right(pid: int) -> str:
    if sys.platform == "darwin":
        return f"macOS lets only root enter process {pid}: run the command with sudo."
    scope = ""
    try:
        with open(PTRACE_SCOPE, encoding="ascii") as file:
            scope = file.read().strip()
    except OSError:
        pass
    if scope == "3":
        return (
            f"The kernel's setting kernel.yama.ptrace_scope is 3, which lets nobody enter process {pid} until the next "
            f"boot: {_OTHERWISE}."
        )
    if scope in ("1", "2"):
        return (
            f"The kernel's setting kernel.yama.ptrace_scope is {scope}, which keeps you from entering process {pid}: "
            f"run `sudo sysctl kernel.yama.ptrace_scope=0` first, or {_OTHERWISE}."
        )
    return (
        f"The right to enter process {pid} is missing (CAP_SYS_PTRACE; a container gets it by `--cap-add SYS_PTRACE`): "
        f"{_OTHERWISE}."
    )


def _version_of(executable: str, name: str) -> Optional[tuple[int, int]]:
    match = re.match(r"python(\d+)\.(\d+)t?$", name)
    if match is None:
        try:
            told = subprocess.run(
                [executable, "-I", "-S", "-V"], capture_output=True, text=True, timeout=10, check=False
            ).stdout
        except (OSError, subprocess.SubprocessError):
            return None
        match = re.match(r"Python (\d+)\.(\d+)", told)
    return None if match is None else (int(match.group(1)), int(match.group(2)))


def _state(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0].decode("ascii")
    except (OSError, IndexError):
        return ""


def is_stopped(pid: int) -> bool:
    """Whether a process is suspended, so that nothing in it runs."""
    return _state(pid) in ("T", "t")


def _same_root(pid: int) -> bool:
    try:
        return os.path.samestat(os.stat(f"/proc/{pid}/root/"), os.stat("/"))
    except OSError:
        # Not being let look there is met again, with a sentence of its own.
        return True
