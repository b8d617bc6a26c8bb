"""Sees every run of a callback, with its exact times, on loops that run asyncio's own handles.

The method `Handle._run` is replaced by a copy of itself that reads the clock and the length of the ready queue. Because
it is the same code at the same lines of the same file, and no frame of ours stands between, tracebacks and captured
stacks stay as they were. It takes effect on loops that run already.

While handles are left in the queue the next one begins where the last one ended, so one reading of the clock is enough
for both: a step is a microsecond longer by that, the time in which the loop asks its selector without waiting.

A callback without arguments, such as every step of a task, is called without unpacking them: that is cheaper than what
asyncio does and pays for a part of what the hook costs.
"""

from __future__ import annotations

import ast
import copy
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
#: how long it took and when it ended (nanoseconds, of the monotonic clock), and handles in the ready queue before it
#: and after it.
ROW = 5
#: Steps that take longer are looked at when they end, to say where that was.
SLOW_NS = 1_000_000

_ONE_LOOP = """
def make(loopscope_id, loopscope_len, loopscope_now, loopscope_slow, loopscope_run, loopscope_nothing, loopscope_logs):
    ((loopscope_address, (loopscope_note, loopscope_ready)),) = loopscope_logs.items()
    loopscope_left = loopscope_last = loopscope_until = loopscope_lost = 0
    def _run(self):
        nonlocal loopscope_left, loopscope_last, loopscope_lost
        loopscope_queued = loopscope_len(loopscope_ready)
        loopscope_began = loopscope_last if loopscope_left else loopscope_now()
        loopscope_run(self)
        loopscope_left = loopscope_len(loopscope_ready)
        loopscope_last = loopscope_now()
        loopscope_took = loopscope_last - loopscope_began
        if loopscope_took > {slow}:
            loopscope_slow(self, loopscope_began)
        if loopscope_last < loopscope_until:
            try:
                loopscope_note((loopscope_id(self._callback.__self__), loopscope_took, loopscope_last,
                                loopscope_queued, loopscope_left))
            except Exception:
                loopscope_note((0, loopscope_took, loopscope_last, loopscope_queued, loopscope_left))
        else:
            loopscope_lost += 1
    def go_on(logs, until):
        nonlocal loopscope_left, loopscope_note, loopscope_ready, loopscope_until
        loopscope_left = 0
        if loopscope_address in logs:
            loopscope_note, loopscope_ready = logs[loopscope_address]
            loopscope_until = until
        else:
            loopscope_until = 0
    def lost():
        return loopscope_lost
    return _run, go_on, lost
"""
# What one loop's callback leaves behind must not be taken for another's: each has a log, and reads the clock twice.
_SEVERAL_LOOPS = """
def make(loopscope_id, loopscope_len, loopscope_now, loopscope_slow, loopscope_run, loopscope_nothing, loopscope_logs):
    loopscope_until = loopscope_lost = 0
    def _run(self):
        nonlocal loopscope_lost
        loopscope_note, loopscope_ready = loopscope_logs.get(loopscope_id(self._loop), (None, loopscope_nothing))
        loopscope_queued = loopscope_len(loopscope_ready)
        loopscope_began = loopscope_now()
        loopscope_run(self)
        loopscope_ended = loopscope_now()
        loopscope_took = loopscope_ended - loopscope_began
        if loopscope_took > {slow}:
            loopscope_slow(self, loopscope_began)
        if loopscope_note is None or loopscope_ended >= loopscope_until:
            loopscope_lost += 1
        else:
            try:
                loopscope_owner = loopscope_id(self._callback.__self__)
            except Exception:
                loopscope_owner = 0
            loopscope_note((loopscope_owner, loopscope_took, loopscope_ended, loopscope_queued,
                            loopscope_len(loopscope_ready)))
    def go_on(logs, until):
        nonlocal loopscope_logs, loopscope_until
        loopscope_logs = logs
        loopscope_until = until
    def lost():
        return loopscope_lost
    return _run, go_on, lost
"""
_THE_RUN = "loopscope_run(self)"
_THE_CALL = "self._context.run(self._callback, *self._args)"


class StepsHook:
    """Appends `ROW` numbers to a loop's log for each of its callbacks.

    `on_slow(handle, began_ns)` is called in the loop's thread after a callback that took longer than `SLOW_NS`.
    """

    def __init__(self, on_slow: Callable[[Any, int], None], on_error: Callable[[], None]) -> None:
        def slow(handle: Any, began_ns: int) -> None:
            try:
                on_slow(handle, began_ns)
            except Exception:
                on_error()

        self._slow = slow
        # Whoever has it may be interrupted by a destructor that runs a loop.
        self._lock = threading.RLock()
        self._ours: Any = None
        self._original: Any = None
        self._addresses: tuple[int, ...] = ()
        self._go_on: Optional[Callable[[dict[int, Any], int], None]] = None
        self._count_lost: Optional[Callable[[], int]] = None
        self._lost_before = 0

    @property
    def lost(self) -> int:
        """Runs that no log took, because nobody worked the logs off or because the loop was not known yet."""
        return self._lost_before + (0 if self._count_lost is None else self._count_lost())

    def watch(self, logs: Mapping[int, tuple[list[int], Any]], until_ns: int) -> None:
        """Log the callbacks of these loops until then. By their addresses: the log, and the ready queue. Any thread.

        One callback of each loop may be on its way into the log that it had before, and gets there later.
        """
        with self._lock:
            notes = {address: (log.extend, ready) for address, (log, ready) in logs.items()}
            addresses = tuple(logs)
            if addresses != self._addresses or self._ours is None:
                self._put(notes)
                self._addresses = addresses
            if self._go_on is not None:
                self._go_on(notes, until_ns)

    def remove(self) -> None:
        """Take the hook out; what somebody has since put around it goes on working. Any thread."""
        with self._lock:
            ours, self._ours = self._ours, None
            if ours is None:
                return
            if self._go_on is not None:
                self._go_on({}, 0)
            self._lost_before, self._count_lost, self._addresses = self.lost, None, ()
            _replace(ours, self._original)

    def _put(self, notes: dict[int, Any]) -> None:
        """Put the hook in, beneath a debugger's hold point: what a debugger holds is not what the callback takes."""
        before = self._ours
        if before is None:
            above = vars(_HANDLE)["_run"]
            self._original = above.original if isinstance(above, HoldPoint) else above
        template = _ONE_LOOP if len(notes) == 1 else _SEVERAL_LOOPS
        ours, go_on, count_lost = _with_clock(self._original, template, self._slow, notes)
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


def _with_clock(
    original: Any, template: str, slow: Callable[[Any, int], None], notes: dict[int, Any]
) -> tuple[Any, Any, Any]:
    """A function that does what `original` does and logs it, with the two functions that control it."""
    ours, go_on, lost = _factory(original, template)(id, len, monotonic_ns, slow, original, (), notes)
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
    return [_WithoutArguments().visit(each) for each in body]


class _WithoutArguments(ast.NodeTransformer):
    """Calls a callback that has no arguments at the same place in the source, but without unpacking them."""

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        if ast.unparse(node) != _THE_CALL:
            return node
        short: Any = copy.deepcopy(node)
        short.value.args.pop()
        test = ast.copy_location(ast.parse("self._args is loopscope_nothing", mode="eval").body, node)
        choice = ast.copy_location(ast.If(test=test, body=[short], orelse=[node]), node)
        return ast.fix_missing_locations(choice)
