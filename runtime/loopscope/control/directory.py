"""What the controller needs to know of the program: its loops and tasks, and the numbers others know them by."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Optional, Protocol

if TYPE_CHECKING:
    from ..session import Session

_LOCK_SECONDS = 1.0
_SHORT_SECONDS = 0.05


class Directory(Protocol):
    """Knows loops and tasks by number."""

    def running_loops(self) -> list[Any]:
        """The loops that run. Any thread."""

    def loop_id(self, loop: Any) -> int:
        """The number of a loop. The loop's thread."""

    def loop_name(self, loop: Any) -> str:
        """What to call a loop. Any thread."""

    def task_id(self, task: Any) -> int:
        """The number of a task. The thread of its loop."""

    def find_task(self, identifier: int) -> Any:
        """The task with a number, None when there is none. Any thread."""

    def creation_site(self, task: Any) -> Optional[dict[str, Any]]:
        """The `Site` that made a task, None when unknown. The thread of its loop."""

    def make_unseen(self, make: Callable[[], Any]) -> Any:
        """Makes a task of ours that is never counted or shown. The thread of its loop."""

    def is_user_file(self, filename: str) -> bool:
        """Whether code of a file is the user's. Any thread."""

    def note_error(self) -> None:
        """An error of ours was swallowed. Any thread."""


class SessionDirectory:
    """The directory of an installed runtime."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def running_loops(self) -> list[Any]:
        """The loops that run, also those that never told that they began: they are known by their tasks."""
        found = [state.reference() for state in list(self._session.loops.running.values())]
        loops = {id(loop): loop for loop in found if loop is not None}
        if not loops and self._session.lock.acquire(timeout=_SHORT_SECONDS):
            # Tasks made since the last look are not known yet. Where the lock is the caller's own, they are.
            try:
                self._session.tasks.drain()
            finally:
                self._session.lock.release()
        addresses = {reference.loop_address for reference in list(self._session.tasks.by_address.values())}
        for address in addresses.difference(loops):
            loop = self._loop_of_tasks_at(address)
            if loop is not None and loop.is_running():
                loops[address] = loop
        return list(loops.values())

    def _loop_of_tasks_at(self, address: int) -> Any:
        for reference in list(self._session.tasks.by_address.values()):
            task = reference() if reference.loop_address == address else None
            if task is not None:
                return task.get_loop()
        return None

    def loop_id(self, loop: Any) -> int:
        """The number of a loop."""
        return self._session.loops.state_of(loop).id

    def loop_name(self, loop: Any) -> str:
        """The thread that a loop runs in, or its class."""
        state = self._session.loops.state_of(loop)
        return state.thread_name or state.class_name

    def task_id(self, task: Any) -> int:
        """The number of a task; one that the runtime has not met yet is made known to it first."""
        session = self._session
        reference = session.tasks.by_address.get(id(task))
        if reference is None or reference() is not task:
            if not session.lock.acquire(timeout=_LOCK_SECONDS):
                raise RuntimeError("the runtime is busy")
            try:
                session.tasks.drain()
                if session.tasks.by_address.get(id(task)) is None:
                    session.adopt(task)
                    session.tasks.drain()
            finally:
                session.lock.release()
            reference = session.tasks.by_address[id(task)]
        return reference.id

    def find_task(self, identifier: int) -> Any:
        """The task with a number."""
        for reference in list(self._session.tasks.by_address.values()):
            if reference.id == identifier:
                return reference()
        return None

    def creation_site(self, task: Any) -> Optional[dict[str, Any]]:
        """The `Site` that made a task."""
        reference = self._session.tasks.by_address.get(id(task))
        if reference is None or reference.site is None:
            return None
        return self._session.sites.record(reference.site)

    def make_unseen(self, make: Callable[[], Any]) -> Any:
        """Makes a task of ours that is never counted or shown."""
        session = self._session
        if not session.lock.acquire(timeout=_LOCK_SECONDS):
            raise RuntimeError("the runtime is busy")
        try:
            # Nobody works off the log of new tasks in between.
            task = make()
            session.tasks.leave_out(task)
        finally:
            session.lock.release()
        return task

    def is_user_file(self, filename: str) -> bool:
        """Whether code of a file is the user's."""
        return self._session.sites.kinds[filename]

    def note_error(self) -> None:
        """An error of ours was swallowed."""
        self._session.note_error()


def absolute(filename: str) -> str:
    """The path of a code object's file as others are told it; a name such as `<string>` stays as it is."""
    return filename if filename.startswith("<") else os.path.normpath(os.path.abspath(filename))
