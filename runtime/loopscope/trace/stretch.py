"""What a loop logged between two looks."""

from __future__ import annotations

from operator import sub
from typing import TYPE_CHECKING

from ..hooks.steps import ROW
from ..loops import LoopState, OwnCallback
from .totals import StepTotals

if TYPE_CHECKING:
    from ..tasks import TaskReference

#: Stands in a log for a callback of ours.
OWN = id(OwnCallback.__self__)


class Stretch:
    """What one loop logged since the last look, in columns. The log may get longer meanwhile."""

    __slots__ = (
        "_end",
        "_log",
        "before",
        "durations",
        "earlier",
        "first_ns",
        "known",
        "last_ns",
        "longest",
        "made",
        "own",
        "own_ns",
        "owners",
        "queued",
        "sees_queue",
        "state",
        "unknown",
    )

    def __init__(self, state: LoopState, log: list[int]) -> None:
        self.state = state
        # Of other loops only the steps of tasks are logged, and nothing of the ready queue.
        self.sees_queue = state.can_be_traced
        self._log = log
        end = self._end = len(log)
        self.owners = log[0:end:ROW]
        self.durations = log[1:end:ROW]
        self.queued = log[3:end:ROW]
        self.first_ns = log[2] - log[1]
        self.last_ns = log[end + 2 - ROW]
        # How many of them were callbacks of ours, and the time in those.
        self.own = self.own_ns = 0
        # Tasks by address; as of the look before, and as of this one. And the addresses that may yet turn out to be of
        # tasks.
        self.before: dict[int, TaskReference] = {}
        self.known: dict[int, int] = {}
        self.unknown: set[int] = set()
        # When those were made that were made meanwhile, by address: an earlier task may have lived there.
        self.made: dict[int, int] = {}
        # By address, a task that was freed meanwhile and when the next was made there.
        self.earlier: dict[int, tuple[int, int]] = {}
        # Whose longest step is among these, by address and length.
        self.longest: dict[tuple[int, int], StepTotals] = {}

    @property
    def ends(self) -> list[int]:
        """A column that is made when it is wanted, for not everybody wants it. So are the others that are like this."""
        return self._log[2 : self._end : ROW]

    @property
    def starts(self) -> list[int]:
        return list(map(sub, self.ends, self.durations))

    @property
    def left(self) -> list[int]:
        return self._log[4 : self._end : ROW]

    def start_of(self, index: int) -> int:
        """When one of the callbacks began."""
        return self._log[index * ROW + 2] - self.durations[index]

    def leave_earlier(self, owner: int, task: int, until_ns: int) -> list[int]:
        """Note that until then it was this task that lived at an address; gives how long its steps were."""
        self.earlier[owner] = task, until_ns
        rows = enumerate(self.owners)
        return [self.durations[index] for index, each in rows if each == owner and self.start_of(index) < until_ns]

    def let_go(self) -> None:
        """Leave in the log only what came later."""
        del self._log[: self._end]

    def turns_of_ours(self) -> int:
        """How often the loop went round for nothing but one of our own callbacks."""
        alone, at = 0, -1
        for _ in range(self.own):
            at = self.owners.index(OWN, at + 1)
            alone += not self.queued[at] and not self._log[at * ROW + 4]
        return alone
