"""Discovery files: how a viewer of the same user finds a running process that has the runtime in it.

Each process that can be attached to has a file `PID.json` in a folder that only its owner can enter. Beside it may lie
the socket `PID.sock`. What a process that was killed has left behind is removed by the next one that looks.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from typing import Any, Optional

from . import protocol

FORMAT = "loopscope-discovery"
_MAX_BYTES = 1 << 20

Entry = dict[str, Any]


class NoFolder(OSError):
    """There is no folder that discovery files may lie in; the text is one sentence."""


def folder() -> str:
    """The path of the folder for discovery files, whether it is there or not."""
    named = os.environ.get(protocol.ENVIRONMENT_DISCOVERY)
    if named:
        return os.path.abspath(named)
    if sys.platform == "win32":
        return os.path.join(os.environ.get("LOCALAPPDATA") or os.path.expanduser("~"), "loopscope", "processes")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.path.isdir(runtime):
        return os.path.join(runtime, "loopscope")
    return os.path.join(os.environ.get("TMPDIR") or "/tmp", f"loopscope-{os.getuid()}")


def made_folder() -> str:
    """The folder for discovery files, made if it was not there. Raises NoFolder when it cannot be trusted or made."""
    path = folder()
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise NoFolder(f"The folder {path} for discovery files cannot be made: {error.strerror}.") from None
    if not _is_ours_alone(path, stat.S_ISDIR):
        raise NoFolder(f"The folder {path} for discovery files is not one that only its owner can use.")
    return path


def write(entry: Entry, path: str) -> None:
    """Write a process's file, whole or not at all. Raises OSError."""
    unfinished = f"{path}.new"
    try:
        os.unlink(unfinished)
    except FileNotFoundError:
        pass
    number = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w", encoding="utf-8", errors="surrogateescape") as file:
        json.dump(entry, file)
    os.replace(unfinished, path)


def read(pid: int) -> Optional[Entry]:
    """What the file of a live process says; None when there is none, or none to be believed."""
    entry = _read(os.path.join(folder(), f"{pid}.json"))
    return entry if entry is not None and is_alive(entry) else None


def entries() -> list[Entry]:
    """What the files of all live processes say, by pid. Removes what dead ones have left."""
    path = folder()
    if not _is_ours_alone(path, stat.S_ISDIR):
        return []
    found: list[Entry] = []
    for name in os.listdir(path):
        file = os.path.join(path, name)
        if not name.endswith(".json"):
            pid = name.partition(".")[0]
            if sys.platform == "linux" and pid.isdigit() and not started_of(int(pid)):
                remove(file)
            continue
        entry = _read(file)
        if entry is None:
            continue
        if is_alive(entry):
            found.append(entry)
        elif name == f"{entry['pid']}.json":
            remove(file)
    return sorted(found, key=lambda entry: int(entry["pid"]))


def remove(file: str) -> None:
    """Remove a process's file, and its socket when that is what lies beside it."""
    for path in (file, file[: -len(".json")] + ".sock") if file.endswith(".json") else (file,):
        try:
            os.unlink(path)
        except OSError:
            pass


def is_alive(entry: Entry) -> bool:
    """Whether the process that an entry is about still runs."""
    pid = entry["pid"]
    started = started_of(pid)
    if started:
        return not entry["started"] or bool(started == entry["started"])
    if sys.platform == "linux":
        return False
    if sys.platform == "win32":
        # There is no asking without a chance of ending it: whoever dials finds out.
        return True
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def started_of(pid: int) -> str:
    """When a process started, in clock ticks since the system did; empty where that is not known."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name of the program, in parentheses, may hold spaces and parentheses.
            return file.read().rpartition(b")")[2].split()[19].decode("ascii")
    except (OSError, IndexError, ValueError):
        return ""


def started_wall_ms(started: str) -> int:
    """The time, in ms since 1970-01-01 UTC, that `started_of` gave; now where it gave nothing."""
    now = int(time.time() * 1000)
    try:
        since_boot_s = int(started) / os.sysconf("SC_CLK_TCK")
        return now - int((time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot_s) * 1000)
    except (ValueError, OSError, AttributeError):
        return now


def _read(path: str) -> Optional[Entry]:
    try:
        if not _is_ours_alone(path, stat.S_ISREG):
            return None
        with open(path, encoding="utf-8") as file:
            entry = json.loads(file.read(_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or entry.get("format") != FORMAT:
        return None
    texts = ("started", "python", "cwd", "version", "address", "token")
    if not all(isinstance(entry.get(name), str) for name in texts) or not isinstance(entry.get("argv"), list):
        return None
    numbers = ("pid", "parent_pid", "started_wall_ms", "protocol")
    return entry if all(isinstance(entry.get(name), int) for name in numbers) else None


def _is_ours_alone(path: str, is_kind: Any) -> bool:
    try:
        found = os.lstat(path)
    except OSError:
        return False
    if sys.platform == "win32":
        return bool(is_kind(found.st_mode))
    return bool(is_kind(found.st_mode)) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
