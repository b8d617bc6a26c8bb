"""How closely the runtime looks: as closely as anybody wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from ..tables import Record

if TYPE_CHECKING:
    from ..session import Session
    from .tracing import Tracing


class Levels:
    """Begins and ends tracing. Belongs to whoever holds the session's lock, unless it says otherwise."""

    def __init__(self, session: Session) -> None:
        self._session = session
        # There once somebody has wanted it: what tracing needs is imported then.
        self._tracing: Optional[Tracing] = None

    @property
    def current(self) -> str:
        """The level that is in force."""
        return "trace" if self._tracing is not None and self._tracing.active else "watch"

    def install(self) -> None:
        """Begin with the level that the program was started with. Runs in the installing thread."""
        if self._session.options.level == "trace":
            self._begin()

    def remove(self) -> None:
        """Take out what stands in the program's way. Runs in the uninstalling thread."""
        if self._tracing is not None:
            self._tracing.end()

    def loop_started(self) -> None:
        """A loop begins to run, or has been found running. In its thread, or in the watchdog."""
        if self._tracing is not None and self._tracing.active:
            self._tracing.loops_changed()

    def take(self) -> None:
        """Take in what the loops did since the last look, while the tasks that ended meanwhile are still known."""
        if self._tracing is not None:
            self._tracing.take()

    def account(self) -> None:
        """Account for what was taken in, once the tasks that began meanwhile are known."""
        if self._tracing is not None:
            self._tracing.account()

    def tick(self) -> None:
        """See who looks, and how closely."""
        tracing = self._tracing
        wanted = self._session.options.level == "trace" or any(
            sink.look.level == "trace" for sink in self._session.sinks
        )
        if wanted != (self.current == "trace"):
            if wanted:
                self._begin()
            elif tracing is not None:
                tracing.end()

    def put_into(self, everything: bool = False) -> None:
        """Bring the tables up to date; `everything` also what is told only now and then."""
        tables = self._session.tables
        tables.level = self.current
        if self._tracing is not None:
            self._tracing.put_into(tables, everything)

    def task_ended(self, task: int) -> None:
        """Bring the last of a task's steps into the tables."""
        if self._tracing is not None:
            self._tracing.task_ended(task)

    def histogram(self, task: Optional[int]) -> Optional[Record]:
        """The `StepHistogram` of the task that somebody looks at, if there is one."""
        return None if self._tracing is None or task is None else self._tracing.histogram(task)

    @property
    def dropped(self) -> int:
        """Runs of callbacks that were not counted."""
        return 0 if self._tracing is None else self._tracing.dropped

    def _begin(self) -> None:
        if self._tracing is None:
            from .tracing import Tracing

            self._tracing = Tracing(self._session)
        self._tracing.begin()
