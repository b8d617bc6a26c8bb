"""Answers the request `await-stack`: the lines at which one task is suspended, from its coroutine to the innermost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from . import awaiting
from .clock import monotonic_ns
from .loops import OwnCallback
from .stream import response
from .tables import Record

if TYPE_CHECKING:
    from .session import Session

_PATIENCE_NS = 1_000_000_000
_MAX_PENDING = 100


class Asker(Protocol):
    """Who is answered."""

    def respond(self, message: Record) -> None:
        """Take the answer."""


class _Walk(OwnCallback):
    """Walks one task's coroutines in the loop's thread, where they stand still."""

    __slots__ = ("asked_ns", "asker", "frames", "request", "task")

    def __init__(self, task: int, request: int, asker: Asker) -> None:
        self.task = task
        self.request = request
        self.asker = asker
        self.asked_ns = monotonic_ns()
        self.frames: Any = None

    def look(self, reference: Any) -> None:
        task = reference()
        found: list[tuple[Any, int]] = []
        if task is not None:
            for each in awaiting.chain_of(task.get_coro()):
                for name in ("cr_frame", "gi_frame", "ag_frame"):
                    frame = getattr(each, name, None)
                    if frame is not None:
                        found.append((frame.f_code, frame.f_lineno or 0))
        self.frames = found


class AwaitStacks:
    """The requests under way. Belongs to the watchdog."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pending: list[_Walk] = []

    def ask(self, task: int, request: int, asker: Asker) -> None:
        """Begin to answer a request for the await stack of the task with this id."""
        session = self._session
        reference = next((each for each in session.tasks.by_address.values() if each.id == task), None)
        if reference is None:
            asker.respond(response(request, "The task has ended."))
            return
        if len(self._pending) >= _MAX_PENDING:
            asker.respond(response(request, "Too many requests are waiting: ask again later."))
            return
        walk = _Walk(task, request, asker)
        state = session.loops.at_address(reference.loop_address)
        loop = None if state is None else state.reference()

        def look() -> None:
            try:
                walk.look(reference)
            except Exception:
                walk.frames = []
                session.note_error()

        if loop is None or state is None or not state.thread:
            look()
        else:
            try:
                loop.call_soon_threadsafe(_Look(look))
            except RuntimeError:
                look()
        self._pending.append(walk)
        self.tick()

    def tick(self) -> None:
        """Answer what is ready, and what has waited too long."""
        for walk in list(self._pending):
            if walk.frames is not None:
                sites = self._session.sites
                numbers = [sites.of_line(code, line) for code, line in walk.frames]
                frames = [sites.record(number) for number in numbers if number is not None]
                walk.asker.respond(response(walk.request, None, frames))
            elif monotonic_ns() - walk.asked_ns > _PATIENCE_NS:
                sentence = "The loop is held, so its tasks cannot be looked into now: ask again when it runs."
                walk.asker.respond(response(walk.request, sentence))
            else:
                continue
            self._pending.remove(walk)


class _Look(OwnCallback):
    __slots__ = ("_look",)

    def __init__(self, look: Any) -> None:
        self._look = look

    def __call__(self) -> None:
        self._look()
