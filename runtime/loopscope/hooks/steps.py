"""Sees every run of a callback, with its exact times, on loops that run asyncio's own handles.

The method `Handle._run` is replaced by a copy of itself that reads the clock and the length of the ready queue. Because
it is the same code at the same lines of the same file, and no frame of ours stands between, tracebacks and captured
stacks stay as they were. It takes effect on loops that run already.

While handles are left in the queue the next one begins where the last one ended, so one reading of the clock is enough
for both: a step is a microsecond longer by that, the time in which the loop asks its selector without waiting.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
import threading
from asyncio import events
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType
from typing import Any, Optional

from ..clock import monotonic_ns
from ..control.hook import HoldPoint

_HANDLE: Any = events.Handle
#: Numbers in a log for one run: address of what the callback is a method of, which for a step is its task (0 for none),
#: when it began and ended (nanoseconds of the monotonic clock), and handles in the ready queue at these two moments.
ROW = 5
#: Steps that take longer are looked at when they end, to say where that was.
SLOW_NS = 1_000_000

# A handle may belong to anything that calls itself a loop: what is not as in asyncio's own must not end in an error.
_ONE_LOOP = """
def make(loopscope_id, loopscope_len, loopscope_now, loopscope_slow, loopscope_run, loopscope_note):
    loopscope_left = loopscope_last = loopscope_until = loopscope_lost = 0
    def _run(self):
        nonlocal loopscope_left, loopscope_last, loopscope_lost
        try:
            loopscope_ready = self._loop._ready
            loopscope_queued = loopscope_len(loopscope_ready)
        except Exception:
            loopscope_ready, loopscope_queued = (), 0
        loopscope_began = loopscope_last if loopscope_left else loopscope_now()
        loopscope_run(self)
        loopscope_left = loopscope_len(loopscope_ready)
        loopscope_last = loopscope_now()
        if loopscope_last - loopscope_began > {slow}:
            loopscope_slow(self, loopscope_began)
        if loopscope_last < loopscope_until:
            try:
                loopscope_note((loopscope_id(self._callback.__self__), loopscope_began, loopscope_last,
                                loopscope_queued, loopscope_left))
            except Exception:
                loopscope_note((0, loopscope_began, loopscope_last, loopscope_queued, loopscope_left))
        else:
            loopscope_lost += 1
    def go_on(until):
        nonlocal loopscope_left, loopscope_until
        loopscope_left = 0
        loopscope_until = until
    def lost():
        return loopscope_lost
    return _run, go_on, lost
"""
# What one loop's callback leaves behind must not be taken for another's: each has a log, and reads the clock twice.
_SEVERAL_LOOPS = """
def make(loopscope_id, loopscope_len, loopscope_now, loopscope_slow, loopscope_run, loopscope_logs):
    loopscope_until = loopscope_lost = 0
    def _run(self):
        nonlocal loopscope_lost
        try:
            loopscope_ready = self._loop._ready
            loopscope_queued = loopscope_len(loopscope_ready)
        except Exception:
            loopscope_ready, loopscope_queued = (), 0
        loopscope_began = loopscope_now()
        loopscope_run(self)
        loopscope_ended = loopscope_now()
        if loopscope_ended - loopscope_began > {slow}:
            loopscope_slow(self, loopscope_began)
        loopscope_note = loopscope_logs.get(loopscope_id(self._loop))
        if loopscope_note is None or loopscope_ended >= loopscope_until:
            loopscope_lost += 1
        else:
            try:
                loopscope_owner = loopscope_id(self._callback.__self__)
            except Exception:
                loopscope_owner = 0
            loopscope_note((loopscope_owner, loopscope_began, loopscope_ended, loopscope_queued,
                            loopscope_len(loopscope_ready)))
    def go_on(until):
        nonlocal loopscope_until
        loopscope_until = until
    def lost():
        return loopscope_lost
    return _run, go_on, lost
"""
_THE_RUN = "loopscope_run(self)"


class StepsHook:
    """Appends `ROW` numbers to a loop's log for each of its callbacks. Any thread may work it off from its
    beginning.

    `on_slow(handle, began_ns)` is called in the loop's thread after a callback that took longer than `SLOW_NS`.
    """

    def __init__(self, on_slow: Callable[[Any, int], None], on_error: Callable[[], None]) -> None:
        def slow(handle: Any, began_ns: int) -> None:
            try:
                on_slow(handle, began_ns)
            except Exception:
                on_error()

        self._slow = slow
        self._lock = threading.Lock()
        self._ours: Any = None
        self._original: Any = None
        self._addresses: tuple[int, ...] = ()
        self._go_on: Optional[Callable[[int], None]] = None
        self._count_lost: Optional[Callable[[], int]] = None
        self._lost_before = 0

    @property
    def lost(self) -> int:
        """Runs that no log took, because nobody worked the logs off or because the loop was not known yet."""
        return self._lost_before + (0 if self._count_lost is None else self._count_lost())

    def watch(self, logs: Mapping[int, list[int]], until_ns: int) -> None:
        """Log the callbacks of these loops, by address, until then. Any thread."""
        with self._lock:
            addresses = tuple(logs)
            if addresses != self._addresses or self._ours is None:
                self._put(logs)
                self._addresses = addresses
            if self._go_on is not None:
                self._go_on(until_ns)

    def remove(self) -> None:
        """Take the hook out; what somebody has since put around it goes on working. Any thread."""
        with self._lock:
            ours, self._ours = self._ours, None
            if ours is None:
                return
            if self._go_on is not None:
                self._go_on(0)
            self._lost_before, self._count_lost, self._addresses = self.lost, None, ()
            _replace(ours, self._original)

    def _put(self, logs: Mapping[int, list[int]]) -> None:
        """Put the hook in, beneath a debugger's hold point: what a debugger holds is not what the callback takes."""
        before = self._ours
        if before is None:
            above = vars(_HANDLE)["_run"]
            self._original = above.original if isinstance(above, HoldPoint) else above
        note: Any
        if len(logs) == 1:
            template, note = _ONE_LOOP, next(iter(logs.values())).extend
        else:
            template, note = _SEVERAL_LOOPS, {address: log.extend for address, log in logs.items()}
        ours, go_on, count_lost = _with_clock(self._original, template, self._slow, note)
        if not _replace(self._original if before is None else before, ours):
            # Somebody put something around ours: that must go on calling what it knows.
            return
        self._lost_before, self._count_lost = self.lost, count_lost
        self._ours, self._go_on = ours, go_on


def _replace(before: Any, after: Any) -> bool:
    above = vars(_HANDLE)["_run"]
    if isinstance(above, HoldPoint):
        if above.original is not before:
            return False
        above.original = after
    elif above is before:
        _HANDLE._run = after
    else:
        return False
    return True


def _with_clock(original: Any, template: str, slow: Callable[[Any, int], None], note: Any) -> tuple[Any, Any, Any]:
    """A function that does what `original` does and logs it, with the two functions that control it."""
    ours, go_on, lost = _factory(original, template)(id, len, monotonic_ns, slow, original, note)
    ours.__name__, ours.__qualname__ = original.__name__, original.__qualname__
    code: CodeType = ours.__code__
    if sys.version_info >= (3, 11):
        ours.__code__ = code.replace(co_qualname=original.__qualname__)
    return ours, go_on, lost


@functools.lru_cache(maxsize=4)
def _factory(original: Any, template: str) -> Any:
    """What makes such functions: kept, because a program may begin a loop for everything it does."""
    tree: Any = ast.parse(template.format(slow=SLOW_NS))
    factory: Any = tree.body[0]
    function: Any = next(each for each in factory.body if isinstance(each, ast.FunctionDef) and each.name == "_run")
    filename = __file__
    module: dict[str, Any] = {"__name__": __name__}
    body = _genuine_body(original)
    if body is not None:
        filename = original.__code__.co_filename
        module = original.__globals__
        line = original.__code__.co_firstlineno
        each: Any
        for each in ast.walk(tree):
            if hasattr(each, "lineno"):
                each.lineno = each.end_lineno = line
        at = next(index for index, each in enumerate(function.body) if ast.unparse(each) == _THE_RUN)
        # The last statement lets go of the handle.
        function.body[at : at + 1] = body[:-1]
        function.body.append(body[-1])
    names: dict[str, Any] = {}
    exec(compile(tree, filename, "exec"), module, names)
    return names["make"]


def _genuine_body(original: Any) -> Optional[list[ast.stmt]]:
    """The statements of asyncio's own `Handle._run`, at their lines; None when it is another's or cannot be read."""
    if type(original) is not FunctionType or original.__globals__ is not vars(events) or original.__closure__:
        return None
    try:
        source = inspect.getsource(original)
        tree: Any = ast.parse("if True:\n" + source)
    except (OSError, TypeError, SyntaxError):
        return None
    ast.increment_lineno(tree, original.__code__.co_firstlineno - 2)
    function = tree.body[0].body[0]
    body: list[ast.stmt] = function.body
    if any(isinstance(each, (ast.Return, ast.Yield, ast.Nonlocal)) for each in ast.walk(function)):
        return None
    if [argument.arg for argument in function.args.args] != ["self"] or ast.unparse(body[-1]) != "self = None":
        return None
    return body
