"""Which lines of the program have been executed and did no harm, for a viewer that foresees what they would do.

Asked of `sys.monitoring`, which Python has from 3.12 on: every code object of the program is seen once as it starts or
goes on, those that hold a wanted line have their lines watched, and each line is seen once. After that they run at full
speed.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from . import discovery, monitoring
from .clock import monotonic_ns
from .frames import current_frames
from .protocol import MAX_WATCHED_LINES
from .tables import Record

if TYPE_CHECKING:
    from .session import Session
    from .trace.looks import Look

#: Lines from 1 by the path of their file, normalised.
WatchedLines = dict[str, frozenset[int]]

_monitoring = monitoring.API
_MAX_CODES = 50_000
_MAX_PATH = 4_096


class BadLines(ValueError):
    """Lines that cannot be watched; the text is one sentence for a person."""


def lines_of_request(files: object) -> WatchedLines:
    """The lines that a request names, checked. Raises BadLines."""
    if not isinstance(files, list):
        raise BadLines("The lines to be watched must be given as a list of files.")
    watched: WatchedLines = {}
    count = 0
    for entry in files:
        file, lines = (entry.get("file"), entry.get("lines")) if isinstance(entry, dict) else (None, None)
        if not isinstance(file, str) or not os.path.isabs(file) or len(file) > _MAX_PATH or "\0" in file:
            raise BadLines("A file whose lines are to be watched must have an absolute path.")
        if not isinstance(lines, list) or not all(type(line) is int and line > 0 for line in lines):
            raise BadLines("The lines to be watched must be whole numbers from 1.")
        count += len(lines)
        if count > MAX_WATCHED_LINES:
            raise BadLines(f"More than {MAX_WATCHED_LINES} lines cannot be watched: ask for fewer.")
        key = _normalised(file)
        watched[key] = watched.get(key, frozenset()).union(lines)
    return watched


class _Batch(NamedTuple):
    """Lines that were executed in a span of time, with the names of their files."""

    since_ns: int
    until_ns: int
    hits: list[tuple[str, int]]


class ExecutedLines:
    """Watches the lines that anybody wants, and tells of each that was executed while nothing held a loop.

    Runs in the watchdog's thread unless it says otherwise.
    """

    def __init__(self, session: Session) -> None:
        self.dropped = 0
        self._session = session
        self._tool: Optional[int] = None
        self._wishes: list[WatchedLines] = []
        self._foreseen: WatchedLines = {}
        #: Why the lines that the program was started with are not watched; a sentence for a person.
        self.problem: Optional[str] = None
        self._wanted: dict[str, set[int]] = {}
        # Of the program's own files, by address; it is what has to be looked at again when other lines are wanted.
        self._codes: dict[int, CodeType] = {}
        self._armed: dict[int, CodeType] = {}
        self._paths: dict[str, Optional[str]] = {}
        # Added to by the program's threads.
        self._hits: set[tuple[str, int]] = set()
        # Executed by callbacks that may yet turn out to hold the loop.
        self._settling: deque[_Batch] = deque()
        self._held: list[tuple[int, int]] = []
        self._drained_ns = 0
        self._told: dict[str, Record] = {}
        self._told_lines: set[tuple[str, int]] = set()
        self._threshold_ns = 0

    def ask(self, look: Look, files: object) -> None:
        """Watch the lines of a request, from now on. Raises BadLines when that cannot be."""
        look.lines = self._watchable(files)
        looks = [sink.look for sink in self._session.sinks]
        # A viewer that has just called is no sink yet.
        self._follow(looks if look in looks else [*looks, look])

    def foresee(self, files: object) -> None:
        """Watch lines, given as a request gives them, from the start to the end. Runs in the installing thread."""
        try:
            self._foreseen = self._watchable(files)
        except BadLines as problem:
            self.problem = str(problem)
        self._follow([])

    def tick(self) -> None:
        """Follow what is wanted, and tell of what has been executed."""
        session = self._session
        self._follow([sink.look for sink in session.sinks])
        if self._tool is None:
            return
        if session.threshold_ns > self._threshold_ns:
            self._threshold_ns = session.threshold_ns
            for record in list(self._told.values()):
                self._tell(record["id"], record["file"], record["lines"])
        now = monotonic_ns()
        holds = [state.hold for state in list(session.loops.running.values())]
        oldest = min((hold.started_ns for hold in holds if hold is not None), default=now)
        while self._settling and self._settling[0].until_ns <= oldest:
            self._settle(self._settling.popleft())
        if self._hits:
            hits = [self._hits.pop() for _ in range(len(self._hits))]
            self._settling.append(_Batch(self._drained_ns, now, hits))
        self._drained_ns = now
        since = self._settling[0].since_ns if self._settling else now
        self._held = [held for held in self._held if held[1] > since]

    def held(self, started_ns: int, ended_ns: int) -> None:
        """The loop was held for longer than the threshold, by whatever: what was executed meanwhile is not told."""
        if self._tool is not None:
            self._held.append((started_ns, ended_ns))

    def finish(self) -> None:
        """Tell the rest: the session is about to end. Runs in the thread that ends it."""
        self.tick()
        self.tick()

    def remove(self) -> None:
        """Leave nothing behind in the interpreter. Runs in the uninstalling thread."""
        tool, self._tool = self._tool, None
        if tool is None:
            return
        events = _monitoring.events
        monitoring.give_back(tool, (events.PY_START, events.PY_RESUME, events.LINE), self._armed.values())
        for kept in (self._wishes, self._wanted, self._codes, self._armed, self._paths, self._hits, self._settling):
            kept.clear()
        self._held.clear()

    def _watchable(self, files: object) -> WatchedLines:
        """The lines of a request. Raises BadLines when they cannot be watched."""
        lines = lines_of_request(files)
        if lines and not self._take_tool():
            if _monitoring is None:
                version = ".".join(map(str, sys.version_info[:2]))
                raise BadLines(f"Python {version} cannot tell which lines are executed: it takes 3.12 or newer.")
            raise BadLines("Which lines are executed cannot be told: other tools have taken all of sys.monitoring.")
        return lines

    def _take_tool(self) -> bool:
        if self._tool is None:
            self._tool = monitoring.take()
        return self._tool is not None

    def _follow(self, looks: list[Look]) -> None:
        wishes = [lines for lines in (self._foreseen, *(look.lines for look in looks)) if lines]
        if wishes == self._wishes:
            return
        self._wishes = wishes
        if not wishes:
            self.remove()
        elif self._take_tool():
            self._watch(wishes)

    def _watch(self, wishes: list[WatchedLines]) -> None:
        tool = self._tool
        assert tool is not None
        wanted: dict[str, set[int]] = {}
        for lines in wishes:
            for file, numbers in lines.items():
                wanted.setdefault(file, set()).update(numbers)
        is_first = not self._wanted
        self._wanted = wanted
        if not is_first:
            for code in list(self._codes.values()):
                self._arm(tool, code)
            return
        events = _monitoring.events
        _monitoring.register_callback(tool, events.PY_START, self._code_runs)
        _monitoring.register_callback(tool, events.PY_RESUME, self._code_runs)
        _monitoring.register_callback(tool, events.LINE, self._line_runs)
        _monitoring.set_events(tool, events.PY_START | events.PY_RESUME)
        # What runs now neither starts nor goes on.
        for frame in current_frames().values():
            running: Any = frame
            while running is not None:
                self._code_runs(running.f_code, 0)
                running = running.f_back

    def _code_runs(self, code: CodeType, offset: int) -> object:
        """A code object starts or goes on. In the program's threads."""
        try:
            tool = self._tool
            if tool is not None and id(code) not in self._codes and self._session.sites.kinds[code.co_filename]:
                if len(self._codes) < _MAX_CODES:
                    self._codes[id(code)] = code
                    self._arm(tool, code)
                else:
                    self.dropped += 1
        except Exception:
            self._session.note_error()
        return _monitoring.DISABLE

    def _line_runs(self, code: CodeType, line: int) -> object:
        """A line is about to be executed. In the program's threads."""
        path = self._paths.get(code.co_filename)
        if path is not None and line in self._wanted.get(path, ()):
            self._hits.add((code.co_filename, line))
        return _monitoring.DISABLE

    def _arm(self, tool: int, code: CodeType) -> None:
        """Watch the lines of a code object, those that were seen before too, if any of them is wanted. Any thread."""
        path = self._path_of(code.co_filename)
        wanted = self._wanted.get(path) if path is not None else None
        if wanted is None or not any(line in wanted for _, _, line in code.co_lines()):
            return
        if id(code) in self._armed:
            _monitoring.set_local_events(tool, code, 0)
        self._armed[id(code)] = code
        _monitoring.set_local_events(tool, code, _monitoring.events.LINE)

    def _path_of(self, filename: str) -> Optional[str]:
        """The normalised path of a file; None for what is no file, or is another than the program was started with."""
        if filename in self._paths:
            return self._paths[filename]
        path: Optional[str] = None
        if not filename.startswith("<"):
            absolute = self._session.sites.path_of(filename)
            try:
                if os.stat(absolute).st_mtime * 1000 <= self._started_wall_ms():
                    path = _normalised(absolute)
            except OSError:
                pass
        self._paths[filename] = path
        return path

    def _started_wall_ms(self) -> int:
        session = self._session
        if not session.options.leaves_with_viewer:
            return session.clock.wall_ms
        return discovery.started_wall_ms(discovery.started_of(session.pid))

    def _settle(self, batch: _Batch) -> None:
        """The callbacks that executed these lines are over: tell of them, or wait for the next time."""
        if not any(started < batch.until_ns and ended > batch.since_ns for started, ended in self._held):
            self._note(batch.hits)
            return
        files = {filename for filename, _ in batch.hits}
        for code in list(self._armed.values()):
            if self._tool is not None and code.co_filename in files:
                self._arm(self._tool, code)

    def _note(self, hits: list[tuple[str, int]]) -> None:
        fresh: dict[str, list[int]] = {}
        for filename, line in hits:
            place = (self._session.sites.path_of(filename), line)
            if place in self._told_lines:
                continue
            if len(self._told_lines) >= MAX_WATCHED_LINES:
                self.dropped += 1
                continue
            self._told_lines.add(place)
            fresh.setdefault(place[0], []).append(line)
        for file, lines in fresh.items():
            known = self._told.get(file)
            if known is None:
                self._tell(len(self._told), file, lines)
            else:
                self._tell(known["id"], file, [*known["lines"], *lines])

    def _tell(self, identifier: int, file: str, lines: list[int]) -> None:
        record = {"id": identifier, "file": file, "lines": lines, "threshold_ms": self._threshold_ns / 1e6}
        self._told[file] = record
        self._session.tables.executed.put(identifier, record)


def _normalised(path: str) -> str:
    return os.path.normcase(os.path.normpath(path))
