"""Which tasks there are, where they were made and how they ended.

A hook writes to `TaskRegistry.log` when a task is made and when it is freed; the watchdog works the log off in that
order. No task is kept alive by it, and none gets a callback.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from types import CodeType
from typing import Any, Optional, Union

from .sites import SiteTable

# Between two looks of the watchdog (20 ms) a loop makes some 10,000 tasks at most; a log this long means that the
# watchdog has not run for seconds.
MAX_LOG = 1_000_000
# Stands for the instruction of a task whose making was not seen.
ADOPTED = -1
_MAX_LEFT_OUT = 100
# Tasks that are made within such a time of each other share one number for when, unless their steps are told apart.
_MOMENT_NS = 100_000
ENDED = ("finished", "cancelled", "failed")

# The state of a task whose making has not been worked off.
LOGGED = "logged"


class TaskReference(weakref.ref[Any]):
    """All that is known of a task that is alive, in the very reference that tells when it has been freed.

    There is one for every task, so it has no more in it than must be. Whoever sees a task made logs it with what is
    known then: `created_ns`, `address`, the code as `count`, the instruction as `id`, as `parent` the address of the
    task that was running, and `state` last. What these are named after is set when the making is worked off.
    """

    __slots__ = ("address", "count", "created_ns", "id", "loop_address", "notes", "parent", "state")

    id: int
    created_ns: int
    address: int
    loop_address: int
    # Of the line that made it.
    count: Optional[SiteCount]
    parent: Optional[int]
    notes: Optional[TaskNotes]
    state: str

    @property
    def site(self) -> Optional[int]:
        """The line that made the task."""
        return None if self.count is None else self.count.site


class TaskNotes:
    """What is worked out about a task only when somebody watches."""

    __slots__ = ("record", "wait_fingerprint")

    def __init__(self) -> None:
        self.record: Optional[dict[str, Any]] = None
        self.wait_fingerprint: Any = None


class TaskFailure:
    """Entry of the log: asyncio told of a task, or a plain future, whose exception nobody retrieved."""

    __slots__ = ("address", "name", "raised_at", "text")

    def __init__(self, address: int, text: str, name: Optional[str], raised_at: Optional[str]) -> None:
        self.address = address
        self.text = text
        # None for a plain future.
        self.name = name
        self.raised_at = raised_at


class TaskDropped:
    """Entry of the log: asyncio told of a task that was freed while it was pending."""

    __slots__ = ("address", "coroutine", "loop_closed", "name")

    def __init__(self, address: int, name: str, coroutine: str, loop_closed: bool) -> None:
        self.address = address
        self.name = name
        self.coroutine = coroutine
        self.loop_closed = loop_closed


# Told of at one look, with the line that made the task; more than this are not told apart.
_MAX_MISFORTUNES = 1000


class SiteCount:
    """Tasks made by one line."""

    __slots__ = ("alive", "changed", "created", "site")

    def __init__(self, site: Optional[int]) -> None:
        self.site = site
        self.created = 0
        self.alive = 0
        self.changed = False


class TaskRegistry:
    """All tasks of the process that are alive, and counts of those that were.

    `log` may be appended to from any thread: a `TaskReference` when its task has been made, the same again when it has
    been freed, a `TaskFailure`, a `TaskDropped`. Everything else belongs to whoever holds the session's lock.
    """

    def __init__(self, sites: SiteTable) -> None:
        self.log: deque[Union[TaskReference, TaskFailure, TaskDropped]] = deque()
        self.by_address: dict[int, TaskReference] = {}
        self.created = 0
        self.cancelled = 0
        self.failed = 0
        self.alive = 0
        self.changed_sites: list[SiteCount] = []
        self.newly_ended: list[tuple[TaskReference, Optional[str]]] = []
        self.dropped = 0
        self.misfortunes: deque[tuple[Union[TaskFailure, TaskDropped], Optional[int]]] = deque()
        # How many requests to cancel a task has that asyncio made for its own ends and does not take back. Belongs to
        # the thread of the task's loop.
        self.left_standing: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        # Where the tasks that were freed at this drain and the one before were made: the collector frees a task before
        # asyncio tells what became of it.
        self._freed_lately: dict[int, Optional[SiteCount]] = {}
        self._freed_before: dict[int, Optional[SiteCount]] = {}
        # While somebody wants to know, those addresses at which a task was freed and another made since the drain
        # before, and when the first of those was made.
        self.taken_over: Optional[dict[int, int]] = None
        self._by_instruction: dict[tuple[int, int], SiteCount] = {}
        self._by_site: dict[Optional[int], SiteCount] = {}
        self._sites = sites
        self._last_id = 0
        self._loop_address = 0
        self._moment_ns = 0
        self._left_out: dict[int, weakref.ref[Any]] = {}

    def leave_out(self, task: Any) -> None:
        """Never count or number a task that was just made by us. With the session's lock."""
        if len(self._left_out) >= _MAX_LEFT_OUT:
            self._left_out = {key: value for key, value in self._left_out.items() if value() is not None}
        self._left_out[id(task)] = weakref.ref(task)

    def counts(self) -> dict[str, int]:
        """The `TaskCounts` record: created = finished + cancelled + failed + alive, always."""
        return {
            "created": self.created,
            "finished": self.created - self.cancelled - self.failed - self.alive,
            "cancelled": self.cancelled,
            "failed": self.failed,
            "alive": self.alive,
        }

    def site_counts(self) -> list[SiteCount]:
        """What is known of each line that made tasks."""
        return list(self._by_site.values())

    def drain(self) -> None:
        """Work off the log."""
        if self.taken_over:
            self.taken_over = {}
        log = self.log
        left = len(log)
        if not left:
            return
        take = log.popleft
        self._freed_before, self._freed_lately = self._freed_lately, {}
        while left:
            entry = take()
            left -= 1
            if type(entry) is TaskReference:
                state = getattr(entry, "state", None)
                if state == LOGGED:
                    self._made(entry, left >= MAX_LOG)
                elif state is not None:
                    self._freed(entry)
            elif type(entry) is TaskFailure:
                self._unretrieved(entry)
            elif type(entry) is TaskDropped:
                self._tell(entry)

    def _made(self, entry: Any, too_late: bool) -> None:
        """A task was made, whatever has become of it since. The types of what is logged are not those of later."""
        code: Optional[CodeType] = entry.count
        instruction: int = entry.id
        address: int = entry.address
        entry.state = "ready"
        if too_late:
            self.dropped += 1
        elif instruction == ADOPTED and self._is_known(address, entry()):
            # It was in the log already when it was adopted.
            pass
        elif entry() is None and not self._was_left_out(address):
            # Freed already; whoever had this address before it is gone as well.
            self._take_over(address, entry.created_ns)
            self._freed_lately[address] = self._count_made(code, instruction)
            self.by_address.pop(address, None)
        else:
            self._born(entry, code, instruction, entry.parent)

    def _is_known(self, address: int, task: Any) -> bool:
        """Whether a task that is adopted is one whose making was seen; None stands for one that has been freed."""
        reference = self.by_address.get(address)
        if task is None:
            return reference is not None or address in self._freed_lately
        return reference is not None and reference() is task

    def _was_left_out(self, address: int) -> bool:
        """Whether a task that has been freed was one of ours."""
        return address in self._left_out and self._left_out[address]() is None

    def _count_made(self, code: Optional[CodeType], instruction: int) -> Optional[SiteCount]:
        self.created += 1
        if code is None:
            return None
        count = self._by_instruction.get((id(code), instruction))
        if count is None:
            count = self._new_count(code, instruction)
        count.created += 1
        if not count.changed:
            count.changed = True
            self.changed_sites.append(count)
        return count

    def _born(self, reference: TaskReference, code: Optional[CodeType], instruction: int, parent_address: int) -> None:
        address = reference.address
        if address in self._left_out:
            if self._left_out[address]() is reference():
                return
            del self._left_out[address]
        if instruction == ADOPTED:
            before = self.by_address.get(address)
            if before is not None and before() is not None:
                # Two that are alive at one address are one: it was in the log already when it was adopted.
                return
        self._take_over(address, reference.created_ns)
        count = self._count_made(code, instruction)
        self._last_id += 1
        parent = self.by_address.get(parent_address)
        if self.taken_over is None and 0 <= reference.created_ns - self._moment_ns < _MOMENT_NS:
            reference.created_ns = self._moment_ns
        self._moment_ns = reference.created_ns
        reference.id = self._last_id
        reference.loop_address = self._address_of_loop(reference())
        reference.count = count
        reference.parent = None if parent is None else parent.id
        reference.notes = None
        self.alive += 1
        if count is not None:
            count.alive += 1
        self.by_address[address] = reference

    def _take_over(self, address: int, created_ns: int) -> None:
        """A task was made at an address."""
        if self.taken_over is not None and (address in self._freed_lately or address in self.by_address):
            self.taken_over.setdefault(address, created_ns)

    def _address_of_loop(self, task: Any) -> int:
        """One number for all tasks of a loop that are made in a row. A task may be freed at any moment: then it is in
        no loop."""
        address = id(getattr(task, "_loop", None))
        if address != self._loop_address:
            self._loop_address = address
        return self._loop_address

    def _new_count(self, code: CodeType, instruction: int) -> SiteCount:
        site = self._sites.of_instruction(code, instruction)
        count = self._by_site.get(site)
        if count is None:
            count = self._by_site[site] = SiteCount(site)
        if site is not None:
            # The table of sites keeps the code, so its address stays its own.
            self._by_instruction[(id(code), instruction)] = count
        return count

    def _freed(self, reference: TaskReference) -> None:
        if self.by_address.get(reference.address) is reference:
            del self.by_address[reference.address]
            self._freed_lately[reference.address] = reference.count
            self.end(reference, "finished", None)

    def _tell(self, misfortune: Union[TaskFailure, TaskDropped]) -> None:
        address = misfortune.address
        reference = self.by_address.get(address)
        if reference is not None:
            count = reference.count
        else:
            count = self._freed_lately.get(address) or self._freed_before.get(address)
        if len(self.misfortunes) < _MAX_MISFORTUNES:
            self.misfortunes.append((misfortune, None if count is None else count.site))
        else:
            self.dropped += 1

    def _unretrieved(self, failure: TaskFailure) -> None:
        self._tell(failure)
        if failure.name is None:
            return
        reference = self.by_address.get(failure.address)
        if reference is None:
            # Made and freed between two looks: counted when made, and known to have failed only from here.
            self.failed += 1
        else:
            self.end(reference, "failed", failure.text)

    def end(self, reference: TaskReference, state: str, exception: Optional[str]) -> None:
        """Count a task as ended; a second call for the same task changes nothing."""
        if reference.state in ENDED:
            return
        reference.state = state
        self.alive -= 1
        if state == "cancelled":
            self.cancelled += 1
        elif state == "failed":
            self.failed += 1
        count = reference.count
        if count is not None:
            count.alive -= 1
            if not count.changed:
                count.changed = True
                self.changed_sites.append(count)
        if reference.notes is not None and reference.notes.record is not None:
            self.newly_ended.append((reference, exception))

    def settle(self, reference: TaskReference, task: asyncio.Task[Any]) -> bool:
        """Count a task as ended if it has. Call it only where the task cannot end meanwhile: in its loop's thread."""
        if not task.done():
            return False
        if task.cancelled():
            self.end(reference, "cancelled", None)
            return True
        # Task.exception() would mark the exception as retrieved and so silence asyncio's own message.
        exception = getattr(task, "_exception", None)
        if exception is None:
            self.end(reference, "finished", None)
        else:
            self.end(reference, "failed", describe_exception(exception))
        return True


def describe_exception(exception: BaseException) -> str:
    """Type and message of an exception, at most 200 characters. Runs the exception's own `__str__`, guarded."""
    name = type(exception).__name__
    try:
        message = str(exception)
    except Exception:
        message = ""
    return (f"{name}: {message}" if message else name)[:200]
