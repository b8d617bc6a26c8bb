"""The command `attach`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from typing import Optional

from .. import discovery, options, protocol, report
from . import page, viewer
from .obstacles import CannotAttach

_EVERY_SECONDS = 1.0
# How many looks the tasks may take to arrive before a page without them is printed.
_MAX_LOOKS = 10
EXIT_CANNOT = 2


def run(chosen: argparse.Namespace) -> int:
    """Carry the command out; gives the exit status."""
    if chosen.pid is None:
        return _list()
    try:
        threshold_ms = None if chosen.threshold is None else options.check_threshold(chosen.threshold)
        if chosen.into is not None:
            return _send_into(chosen.pid, chosen.into, threshold_ms)
        entered = discovery.read(chosen.pid) is None
        attached = viewer.attach(chosen.pid, threshold_ms)
    except (CannotAttach, options.BadOption) as problem:
        print(f"loopscope: {problem}", file=sys.stderr)
        return EXIT_CANNOT
    except KeyboardInterrupt:
        return EXIT_CANNOT
    try:
        _watch(attached, chosen, entered)
    except KeyboardInterrupt:
        pass
    finally:
        attached.close()
    return _finish(attached, chosen)


def _watch(attached: viewer.Viewer, chosen: argparse.Namespace, entered: bool) -> None:
    deadline = None if chosen.seconds is None else time.monotonic() + chosen.seconds
    shows = _Screen(attached, entered) if chosen.report != "-" else None
    while deadline is None or time.monotonic() < deadline:
        seconds = _EVERY_SECONDS if deadline is None else min(_EVERY_SECONDS, max(0.0, deadline - time.monotonic()))
        goes_on = attached.read(seconds)
        if shows is not None:
            shows.show()
        if not goes_on:
            break


class _Screen:
    """Draws the page anew every time on a terminal; elsewhere once, and then a line for whatever is new."""

    def __init__(self, attached: viewer.Viewer, entered: bool) -> None:
        self._attached = attached
        self._heading = page.heading(attached.hello, entered)
        self._is_terminal = sys.stdout.isatty()
        self._was_shown = False
        self._looks = 0
        self._blocks: dict[int, int] = {}
        self._findings: dict[int, int] = {}

    def show(self) -> None:
        if not self._attached.complete:
            return
        if self._is_terminal:
            size = shutil.get_terminal_size()
            lines = [self._heading, "Ctrl+C detaches; the program runs on.", ""]
            lines += page.page(self._attached.tables, self._attached.lag)
            fitting = [line[: size.columns - 1] for line in lines[: size.lines - 1]]
            sys.stdout.write("\x1b[H\x1b[2J" + "\n".join(fitting) + "\n")
        elif not self._was_shown:
            self._looks += 1
            if self._looks < _MAX_LOOKS and not self._tasks_have_come() and self._attached.bye is None:
                return
            lines = [self._heading, *page.page(self._attached.tables, self._attached.lag)]
            sys.stdout.write("\n".join(lines) + "\n")
            self._note_new(say=False)
        else:
            self._note_new(say=True)
        self._was_shown = True
        sys.stdout.flush()

    def _tasks_have_come(self) -> bool:
        tables = self._attached.tables
        ended = ("finished", "cancelled", "failed")
        known = sum(task["state"] not in ended for task in tables.tasks.records())
        return 0 < known >= int(tables.task_counts["alive"])

    def _note_new(self, say: bool) -> None:
        tables = self._attached.tables
        for block in tables.blocks.records():
            if self._blocks.get(block["id"]) != block["count"]:
                self._blocks[block["id"]] = block["count"]
                if say:
                    print(page.plain(f"held: {page.block_line(tables, block)}"))
        for finding in tables.findings.records():
            if finding["rule"] != "blocking" and self._findings.get(finding["id"]) != finding["count"]:
                self._findings[finding["id"]] = finding["count"]
                if say:
                    print(page.plain(page.finding_line(finding)))


def _finish(attached: viewer.Viewer, chosen: argparse.Namespace) -> int:
    if chosen.report is not None:
        built = report.build(attached.hello, attached.tables)
        if not report.write(built, chosen.report, chosen.report_format):
            return EXIT_CANNOT
    print(f"loopscope: {_ending(chosen.pid, attached.bye)}", file=sys.stderr)
    return 0


def _ending(pid: int, reason: Optional[str]) -> str:
    if reason is None:
        return f"detached from process {pid}, which runs on."
    if reason == "uninstall":
        return f"the runtime was taken out of process {pid}."
    return f"process {pid} has ended." if reason == "exit" else f"process {pid} is gone."


def _send_into(pid: int, address: str, threshold_ms: Optional[float]) -> int:
    """Have a process dial a viewer elsewhere; that is all."""
    host, port = options.check_connect(address)
    token = os.environ.get(protocol.ENVIRONMENT_TOKEN, "")
    session = os.environ.get(protocol.ENVIRONMENT_SESSION, "")
    viewer.wait_until_inside(viewer.enter(pid, host, port, token, session, threshold_ms))
    return 0


def _list() -> int:
    found = discovery.entries()
    if not found:
        print(
            "loopscope: no running program has the runtime in it; name the PID of one of Python 3.14.", file=sys.stderr
        )
        return EXIT_CANNOT
    for entry in found:
        command = " ".join(str(word) for word in entry["argv"])
        print(page.plain(f"{entry['pid']:>8}  Python {entry['python']}  {command}"))
    return 0
