"""Finds out who holds the locks that tasks have long waited for, and which tasks wait for each other in circles.

Belongs to one survey and runs in the loop's thread, in slices; between two slices nothing of the program is held.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

from .. import awaiting
from ..sites import FileKinds
from ..tasks import TaskReference
from . import deadlock, lock_held_long, suspended
from .acquired import AcquiredPaths, resolve
from .remembered import Case, Followed, Line, Place, line_of

_MAX_LOCKS = 50


class Holder(NamedTuple):
    """A task that holds a lock, where it awaits meanwhile, and how many times over (of a semaphore)."""

    task: int
    place: Optional[Place]
    times: int


class Locking:
    """The locks that are waited for in one loop, and their holders."""

    def __init__(self, alive: dict[int, Followed], kinds: FileKinds, acquired: AcquiredPaths) -> None:
        self._alive = alive
        self._kinds = kinds
        self._acquired = acquired
        self.is_needed = any(known.wait is not None for known in alive.values())
        """Whether any task waits for a lock or for a task."""
        self._locks = list(_waited_locks(alive))
        self._holders: list[list[Holder]] = [[] for _ in self._locks]

    def seek(self, reference: TaskReference) -> None:
        """Note which of the locks a task holds."""
        task: Any = reference()
        if task is None or task.done():
            return
        chain = awaiting.chain_of(task.get_coro())
        by_statement: Optional[list[tuple[int, Any]]] = None
        for index, weak in enumerate(self._locks):
            lock = weak()
            if lock is None or suspended.has_released_for_condition(chain, lock):
                continue
            position, times = suspended.holding(chain, lock)
            if not times:
                if by_statement is None:
                    by_statement = list(self._acquired_by_statements(chain))
                found = [at for at, held in by_statement if held is lock]
                position, times = (found[0], len(found)) if found else (0, 0)
            if times:
                place = suspended.users_line(chain[: position + 1], self._kinds)
                self._holders[index].append(Holder(reference.id, place, times))

    def _acquired_by_statements(self, chain: list[Any]) -> Iterator[tuple[int, Any]]:
        for position, coroutine in enumerate(chain):
            code = awaiting.code_of(coroutine)
            if code is None or not self._kinds[code.co_filename] or "acquire" not in code.co_names:
                continue
            frame = suspended.frame_of(coroutine)
            if frame is None:
                continue
            for path in self._acquired.look_up(code, frame.f_lineno):
                found = suspended.lock_of(resolve(path, frame))
                if found is not None:
                    yield position, found

    def holders_of(self, index: int) -> list[Holder]:
        """All holders of a lock; none unless they are known for certain."""
        lock: Any = self._locks[index]()
        holders = self._holders[index]
        wanted = 1 if type(lock) is asyncio.Lock else getattr(lock, "_bound_value", 0)
        return holders if lock is not None and sum(holder.times for holder in holders) == wanted else []

    def known_holders(self) -> dict[int, tuple[weakref.ref[Any], list[int]]]:
        """By the address of each lock whose holders are known: the lock, and the numbers of the tasks."""
        found = {}
        for index, weak in enumerate(self._locks):
            holders = self.holders_of(index)
            if holders:
                found[id(weak())] = weak, [holder.task for holder in holders]
        return found

    def long_held(self, lines: dict[int, Line], references: dict[int, TaskReference]) -> Iterator[Case]:
        """The locks that were not released for long. `lines`, what is remembered of them, is brought up to date."""
        before = dict(lines)
        lines.clear()
        for index, weak in enumerate(self._locks):
            lock: Any = weak()
            if type(lock) is not asyncio.Lock:
                continue
            waiters = [each for each in list(lock._waiters or ()) if not each.done()]
            if not waiters or not lock.locked():
                continue
            line = lines[id(lock)] = line_of(before.get(id(lock)), weak, waiters[0])
            number, first = next(
                ((number, each) for number, each in self._alive.items() if each.waiter and each.waiter() is waiters[0]),
                (0, None),
            )
            if first is None or first.wait is None or first.wait.has_limit:
                continue
            holder = next(iter(self.holders_of(index)), None)
            place = None if holder is None else holder.place
            subject = lock_held_long.HeldLock(
                len(waiters),
                line.held_ns / 1e9,
                None if holder is None else _name_of(references.get(holder.task)),
                None if place is None else f"{place[0].co_filename}:{place[1]}",
                first.wait.task_name,
            )
            at = place if place is not None else first.wait.place
            tasks = (number,) if holder is None else (holder.task, number)
            yield Case(lock_held_long, None, at, subject, first.wait, tasks=tasks)

    def circles(self, references: dict[int, TaskReference]) -> Iterator[Case]:
        """Tasks none of which can go on before another of them does."""
        by_lock = {id(weak()): index for index, weak in enumerate(self._locks)}
        following: dict[int, list[int]] = {}
        for identifier, known in self._alive.items():
            wait = known.wait
            if wait is None or wait.has_limit:
                continue
            if wait.lock is not None:
                index = by_lock.get(id(wait.lock()))
                following[identifier] = [] if index is None else [each.task for each in self.holders_of(index)]
            elif wait.next_task is not None:
                following[identifier] = [wait.next_task]
        for circle in deadlock.circles(deadlock.stuck_together(following)):
            # Tasks ran between the slices. One that still waits for what it has long waited for has not run since, and
            # holds the locks that it held.
            if all(_still_waits(references.get(each), self._alive[each]) for each in circle):
                yield self._case_of(circle)

    def _case_of(self, circle: list[int]) -> Case:
        waits = []
        for identifier in circle:
            known = self._alive[identifier]
            assert known.wait is not None
            place = known.wait.place
            at = "?" if place is None else f"{os.path.basename(place[0].co_filename)}:{place[1]}"
            waits.append(deadlock.Wait(known.wait.task_name, at, known.wait.for_lock, known.waited_ns / 1e9))
        first = self._alive[circle[0]].wait
        place = None if first is None else first.place
        return Case(deadlock, tuple(circle), place, tuple(waits), tuple(circle), circle[0], tuple(circle))


def _waited_locks(alive: dict[int, Followed]) -> Iterator[weakref.ref[Any]]:
    seen: set[int] = set()
    for known in alive.values():
        if known.wait is None or known.wait.lock is None or len(seen) >= _MAX_LOCKS:
            continue
        lock = known.wait.lock()
        if lock is not None and id(lock) not in seen and suspended.is_known_lock(lock) and lock.locked():
            seen.add(id(lock))
            yield known.wait.lock


def _name_of(reference: Optional[TaskReference]) -> Optional[str]:
    task: Any = None if reference is None else reference()
    return None if task is None else str(task.get_name())


def _still_waits(reference: Optional[TaskReference], known: Followed) -> bool:
    task: Any = None if reference is None else reference()
    waiter = None if known.waiter is None else known.waiter()
    return task is not None and waiter is not None and task._fut_waiter is waiter and not waiter.done()
