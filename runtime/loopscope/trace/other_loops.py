"""Traces loops that do not run asyncio's handles, such as uvloop's: the steps of their tasks alone are seen."""

from __future__ import annotations

import sys
from collections import deque
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Callable

from ..hooks.coroutine_steps import AVAILABLE, CoroutineStepsHook, Watched

if TYPE_CHECKING:
    from ..session import Session
    from ..tasks import TaskReference

# Tasks whose coroutines are looked at in one go.
_AT_ONCE = 2_000


class OtherLoops:
    """What tracing does with such loops. Belongs to whoever holds the session's lock, unless it says otherwise."""

    def __init__(self, session: Session, on_slow: Callable[[Any, int], None]) -> None:
        self._session = session
        # From Python 3.14 on nobody sees such loops make tasks: a snapshot would find them, but later.
        adopt = session.adopt if sys.version_info >= (3, 14) else None
        self._hook = CoroutineStepsHook(on_slow, adopt, session.note_error)
        self._addresses: frozenset[int] = frozenset()
        # Tasks that are to be looked at, and the number of the newest that was or is.
        self._unseen: deque[TaskReference] = deque()
        self._newest = 0
        self._told: set[str] = set()

    @property
    def lost(self) -> int:
        """Steps that were not counted."""
        return self._hook.lost

    def watch(self, loops: list[Watched], until_ns: int) -> None:
        """Log the steps on these loops, and on no others, until then. Any thread."""
        name = type(loops[0].loop).__module__.partition(".")[0] if loops else ""
        if AVAILABLE:
            is_watched = self._hook.watch(loops, until_ns)
            self._addresses = frozenset(each.address for each in loops if is_watched)
            if not is_watched:
                sentence = f"The steps of tasks on {name} cannot be told: other tools have taken all of sys.monitoring."
                self._tell("taken", sentence)
        elif loops:
            version = ".".join(map(str, sys.version_info[:2]))
            self._tell("old", f"Python {version} cannot tell the steps of tasks on {name}: it takes 3.12 or newer.")

    def end(self) -> None:
        """Take the hook out."""
        self._take_out()
        self._told.clear()

    def look(self) -> None:
        """Look at the tasks that were made since, or that were there before: their coroutines are to be followed."""
        if not self._addresses:
            self._take_out()
            return
        fresh = []
        for reference in reversed(self._session.tasks.by_address.values()):
            if reference.id <= self._newest:
                break
            fresh.append(reference)
        if fresh:
            self._newest = fresh[0].id
            self._unseen.extend(reversed(fresh))
        native = 0
        for _ in range(min(_AT_ONCE, len(self._unseen))):
            reference = self._unseen.popleft()
            if reference.loop_address in self._addresses:
                native += not self._follow(reference())
        if native:
            many = "a task" if native == 1 else f"{native:,} tasks"
            sentence = f"The steps of {many} on uvloop cannot be told: no coroutine of a Python function is run."
            self._tell("native", sentence)

    def _take_out(self) -> None:
        self._hook.remove()
        self._addresses = frozenset()
        self._unseen.clear()
        self._newest = 0

    def _follow(self, task: Any) -> bool:
        """Have the coroutine of a task followed; False when it is the program's and not a Python function's."""
        coroutine = None if task is None else task.get_coro()
        if type(coroutine) is CoroutineType:
            self._hook.follow(coroutine.cr_code)
            return True
        # A native coroutine that has ended has lost its name.
        if coroutine is None or task.done():
            return True
        # What ends the loop, and what closes an asynchronous generator.
        name = getattr(coroutine, "__qualname__", None) or type(coroutine).__name__
        return name.startswith(("Loop.shutdown_", "async_generator_"))

    def _tell(self, about: str, sentence: str) -> None:
        """Say it once while the hook is wanted."""
        if about not in self._told:
            self._told.add(about)
            self._session.sinks.add_notice("warning", "steps-not-seen", sentence)
