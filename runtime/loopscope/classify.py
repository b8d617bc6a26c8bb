"""Why the loop was held: from clocks, from the callee and from the stack.

The thresholds were set on Linux with CPython 3.8 to 3.13: a sleeping call leaves the loop's thread at about no
processor time, one that fights other threads for the GIL at 5 to 13 %, Python and C code near all of it.
"""

from __future__ import annotations

from typing import Optional

FAULTS_OF_THE_LINE = ("sleep", "io", "lock", "cpu", "native")

# By the module a frame or a callee belongs to: what waiting inside it waits for. The innermost one that is known
# counts, except that whatever runs under `subprocess` waits for the child.
_MODULES = {
    "threading": "lock",
    "queue": "lock",
    "concurrent.futures": "lock",
    "multiprocessing.synchronize": "lock",
    "multiprocessing": "io",
    "socket": "io",
    "_socket": "io",
    "ssl": "io",
    "_ssl": "io",
    "select": "io",
    "selectors": "io",
    "http": "io",
    "urllib": "io",
    "subprocess": "io",
    "sqlite3": "io",
    "_sqlite3": "io",
    "io": "io",
    "_io": "io",
    "_pyio": "io",
    "os": "io",
    "posix": "io",
    "nt": "io",
    "shutil": "io",
    "smtplib": "io",
    "ftplib": "io",
    "fcntl": "io",
}
_NAMES = {
    "time.sleep": "sleep",
    "_thread.lock.acquire": "lock",
    "_thread.RLock.acquire": "lock",
    "_thread.lock.__enter__": "lock",
    "_queue.SimpleQueue.get": "lock",
    "builtins.input": "io",
    "input": "io",
    "open": "io",
    "print": "io",
}
_METHODS = {
    "acquire": "lock",
    "recv": "io",
    "recv_into": "io",
    "recvfrom": "io",
    "send": "io",
    "sendall": "io",
    "accept": "io",
    "_accept": "io",
    "connect": "io",
    "read": "io",
    "readline": "io",
    "write": "io",
    "execute": "io",
    "fetchall": "io",
    "commit": "io",
}
_DEBUGGER_FILES = ("pydevd.py", "bdb.py", "pdb.py")


class Evidence:
    """What was measured of one hold; nanoseconds, None where the system does not tell."""

    __slots__ = (
        "callee",
        "collected_ns",
        "debugger",
        "gap_ns",
        "gap_process_ns",
        "gap_switches",
        "gap_waited_ns",
        "held_ns",
        "innermost_call",
        "loop_ran_ns",
        "loop_waited_ns",
        "modules",
        "native_ns",
        "process_ran_ns",
        "starts_thread",
        "threshold_ns",
        "watchdog_waited_ns",
    )

    def __init__(self) -> None:
        self.held_ns = 0
        self.threshold_ns = 0
        # What another thread, the watchdog, waited for a processor meanwhile.
        self.watchdog_waited_ns = 0
        self.loop_ran_ns: Optional[int] = None
        self.loop_waited_ns: Optional[int] = None
        self.process_ran_ns = 0
        self.collected_ns = 0
        # The longest time in which the watchdog itself did not run, and what happened in it.
        self.gap_ns = 0
        self.gap_process_ns = 0
        self.gap_switches: Optional[int] = None
        self.gap_waited_ns = 0
        # Time for which the samples say that the loop's thread was inside C code.
        self.native_ns = 0
        self.callee: Optional[str] = None
        # The C function that the innermost frame calls, when that is not the user's.
        self.innermost_call: Optional[str] = None
        # Modules of the frames between the user's line and the innermost frame, innermost first.
        self.modules: tuple[str, ...] = ()
        self.debugger = False
        # The line starts a thread, and waits until that has begun.
        self.starts_thread = False


def is_debugger_file(filename: str) -> bool:
    """Whether a frame of this file means that a debugger stands between the program and its next line."""
    return filename.endswith(_DEBUGGER_FILES) and filename.replace("\\", "/").rsplit("/", 1)[-1] in _DEBUGGER_FILES


def cause_of(evidence: Evidence) -> str:
    """The protocol's `Cause` that the evidence supports best."""
    held = max(1, evidence.held_ns)
    if evidence.debugger:
        return "debugger"
    if _was_suspended(evidence):
        return "suspended"
    if evidence.collected_ns >= 0.5 * held:
        return "gc"
    ran = evidence.loop_ran_ns
    if ran is not None and ran >= evidence.threshold_ns:
        # However little of the processor it got: this much computing holds the loop on any machine.
        return _computing(evidence)
    if evidence.loop_waited_ns is not None and evidence.loop_waited_ns >= 0.5 * held:
        return "machine"
    if evidence.starts_thread:
        # Nothing but a processor and the GIL stands between a thread and its beginning.
        return "gil" if evidence.process_ran_ns >= 0.5 * held else "machine"
    waiting = waiting_kind(evidence)
    queued = evidence.watchdog_waited_ns
    if waiting != "sleep" and queued >= 0.3 * held and held - 2 * queued < evidence.threshold_ns:
        # Where the watchdog queues that long for a processor, so does whatever this call waits for, and whatever that
        # waits for: without it the call would not have been too long.
        return "machine"
    if ran is None:
        if waiting is not None:
            return waiting
        return _computing(evidence) if evidence.process_ran_ns >= 0.5 * held else "io"
    if ran >= 0.5 * held:
        return _computing(evidence)
    if waiting is not None:
        return waiting
    others = evidence.process_ran_ns - ran
    if others >= 0.5 * held or (others >= 0.2 * held and ran >= others / 50):
        # One that fights for the GIL gets a little of it every time round; one that waits gets nothing.
        return "gil"
    waited = evidence.loop_waited_ns or 0
    if evidence.callee is None and evidence.innermost_call is None:
        # Outside any call a thread only ever waits for the GIL or for a processor.
        return "gil" if others >= waited else "machine"
    if ran + waited >= 0.5 * held:
        return _computing(evidence) if ran >= waited else "machine"
    return "io"


def _computing(evidence: Evidence) -> str:
    return "native" if evidence.native_ns >= 0.5 * evidence.held_ns else "cpu"


def _was_suspended(evidence: Evidence) -> bool:
    """The watchdog slept through most of the hold without once waking to ask for the GIL, and nothing else ran."""
    gap = evidence.gap_ns
    if gap < 0.5 * evidence.held_ns or gap <= 0 or evidence.gap_switches is None:
        return False
    quiet = evidence.gap_process_ns < 0.1 * gap
    starved = max(evidence.gap_waited_ns, evidence.loop_waited_ns or 0) >= 0.5 * gap
    # Waiting for the GIL wakes a thread every 5 ms.
    return quiet and not starved and evidence.gap_switches < 3 + gap / 50e6


def waiting_kind(evidence: Evidence) -> Optional[str]:
    """What the callee or the frames under the user's line wait for: `sleep`, `io`, `lock`; None when unknown."""
    if any(module == "subprocess" for module in evidence.modules):
        return "io"
    names = [name for name in (evidence.innermost_call, evidence.callee) if name is not None]
    for name in names:
        if name in _NAMES:
            return _NAMES[name]
    for module in (*evidence.modules, *(name.rpartition(".")[0] for name in names)):
        kind = _of_module(module)
        if kind is not None:
            return kind
    for name in names:
        kind = _METHODS.get(name.rpartition(".")[2])
        if kind is not None:
            return kind
    return None


def _of_module(module: str) -> Optional[str]:
    while module:
        kind = _MODULES.get(module)
        if kind is not None:
            return kind
        module = module.rpartition(".")[0]
    return None
