"""Finds callbacks that lie in the ready queue of a loop that sleeps, and catches the thread that puts them there.

A loop begins to sleep only with an empty ready queue, and `call_soon_threadsafe` writes a byte into the loop's own
socket after it has put a callback there. So a callback in the queue, with nothing to read in the socket and no thread
on its way to writing it, was put there by somebody who did not wake the loop. This costs the loop nothing.

Who did it can only be seen when it happens again: for a few seconds after the first proof, `call_soon` of that one loop
looks at the thread that calls it.
"""

from __future__ import annotations

import selectors
import socket
import sys
import threading
import weakref
from asyncio import base_events
from collections import deque
from types import CodeType, FrameType, MethodType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from .. import awaiting, callee
from ..frames import current_frames
from ..loops import LoopState, OwnCallback
from ..sight import RUN_ONCE
from ..sites import line_of_instruction
from . import suspended, wrong_thread
from .ledger import Ledger

if TYPE_CHECKING:
    from ..session import Session

TRAP_FOR_NS = 5_000_000_000
_MAX_CALLBACKS = 10
_MAX_CAUGHT = 100
_MAX_PROVED = 100
_THREADSAFE: CodeType = base_events.BaseEventLoop.call_soon_threadsafe.__code__
_MISSING = object()
_MAIN = "__main__."


class _Caught(NamedTuple):
    loop: int
    callback: str
    thread: str
    place: Optional[tuple[CodeType, int]]


class _Proved:
    """A callback beside which the loop was seen to sleep."""

    __slots__ = ("count", "site", "thread")

    def __init__(self, site: Optional[int]) -> None:
        self.site = site
        self.thread: Optional[str] = None
        self.count = 0


class Unwoken:
    """The looks, and the traps that are set. Belongs to the watchdog, apart from the traps themselves."""

    def __init__(self, session: Session, ledger: Ledger) -> None:
        self._session = session
        self._ledger = ledger
        self._seen: dict[int, weakref.ref[Any]] = {}
        self._proved: dict[tuple[int, str], _Proved] = {}
        self._traps: dict[int, _Trap] = {}
        self._caught: deque[_Caught] = deque(maxlen=_MAX_CAUGHT)

    def install(self) -> None:
        """Nothing is put in until something is found."""

    def remove(self) -> None:
        """Take out the traps that are still set."""
        for trap in list(self._traps.values()):
            trap.disarm()
        self._traps.clear()

    def look(self, now_ns: int) -> None:
        """Look at the loops that sleep; before anything of ours wakes them."""
        while self._caught:
            self._tell_caught(self._caught.popleft())
        for identifier, trap in list(self._traps.items()):
            if trap.sprung or now_ns >= trap.until_ns:
                trap.disarm()
                del self._traps[identifier]
        for state in list(self._session.loops.running.values()):
            if state.state != "idle" or not state.can_be_probed:
                continue
            loop: Any = state.reference()
            if loop is not None and loop._ready:
                for handle in _lying_unwoken(loop, state.thread):
                    self._tell(state, loop, handle, now_ns)

    def _tell(self, state: LoopState, loop: Any, handle: Any, now_ns: int) -> None:
        seen = self._seen.get(id(handle))
        if seen is not None and seen() is handle:
            return
        if len(self._seen) >= _MAX_PROVED:
            self._seen.clear()
        self._seen[id(handle)] = weakref.ref(handle)
        label = label_of(handle._callback)
        proved = self._proved.get((state.id, label))
        if proved is None:
            if len(self._proved) >= _MAX_PROVED:
                return
            proved = self._proved[state.id, label] = _Proved(self._known_place(handle._callback))
        if proved.thread is None and state.id not in self._traps:
            self._traps[state.id] = _Trap(self._session, state, loop, now_ns + TRAP_FOR_NS, self._caught)
        proved.count += 1
        self._put(state.id, label, proved)

    def _tell_caught(self, caught: _Caught) -> None:
        proved = self._proved.get((caught.loop, caught.callback))
        # Without proof nothing shows that the loop slept beside this one.
        if proved is not None and proved.thread is None:
            proved.thread = caught.thread
            if caught.place is not None:
                proved.site = self._session.sites.of_line(*caught.place)
            self._put(caught.loop, caught.callback, proved)

    def _put(self, loop: int, label: str, proved: _Proved) -> None:
        verdict = wrong_thread.check(wrong_thread.Unwoken(label, True, proved.thread))
        if verdict.warns:
            self._ledger.put(wrong_thread, (loop, label), proved.site, verdict.evidence, proved.count)

    def _known_place(self, callback: Any) -> Optional[int]:
        """Where the task that is to run awaits or was made, or where the function is defined."""
        sites = self._session.sites
        task: Any = getattr(callback, "__self__", None)
        if hasattr(task, "get_coro"):
            chain = awaiting.chain_of(task.get_coro())
            place = suspended.users_line(chain, sites.kinds)
            return None if place is None else sites.of_line(*place)
        code = getattr(callback, "__code__", None)
        if isinstance(code, CodeType) and sites.kinds[code.co_filename]:
            return sites.of_line(code, code.co_firstlineno)
        return None


class _Trap:
    """Stands for `call_soon` of one loop, until it has seen a call from another thread or its time is up."""

    def __init__(self, session: Session, state: LoopState, loop: Any, until_ns: int, caught: deque[_Caught]) -> None:
        self.until_ns = until_ns
        self.sprung = False
        self._loop = weakref.ref(loop)
        self._ours: Any = None
        if "call_soon" not in vars(loop):
            self._arm(session, state.id, loop, caught)

    def _arm(self, session: Session, identifier: int, loop: Any, caught: deque[_Caught]) -> None:
        original: MethodType = loop.call_soon
        get_ident = threading.get_ident

        def call_soon(callback: Any, *args: Any, **options: Any) -> Any:
            handle = original(callback, *args, **options)
            if loop_thread() not in (None, get_ident()):
                self.sprung = True
                try:
                    place = _users_caller(sys._getframe(1), session)
                    thread = threading.current_thread().name
                    caught.append(_Caught(identifier, label_of(callback), thread, place))
                except Exception:
                    session.note_error()
            return handle

        weak = self._loop

        def loop_thread() -> Optional[int]:
            found = weak()
            return None if found is None else getattr(found, "_thread_id", None)

        self._ours = call_soon
        loop.call_soon = call_soon

    def disarm(self) -> None:
        """Let the method of the class be found again."""
        loop: Any = self._loop()
        ours, self._ours = self._ours, None
        if loop is not None and ours is not None and vars(loop).get("call_soon", _MISSING) is ours:
            del loop.call_soon


def label_of(callback: Any) -> str:
    """What a callback is called in a sentence."""
    owner: Any = getattr(callback, "__self__", None)
    if hasattr(owner, "get_coro"):
        return f"A step of task {owner.get_name()}"
    name = callee.of_callable(callback) or type(callback).__name__
    return f"The callback {name[len(_MAIN) :] if name.startswith(_MAIN) else name}"


def _users_caller(frame: Optional[FrameType], session: Session) -> Optional[tuple[CodeType, int]]:
    while frame is not None:
        if session.sites.kinds[frame.f_code.co_filename]:
            return frame.f_code, line_of_instruction(frame.f_code, frame.f_lasti)
        frame = frame.f_back
    return None


def _lying_unwoken(loop: Any, thread: int) -> list[Any]:
    """The callbacks in the ready queue of a loop that sleeps and that nobody has woken; none unless it is proved."""
    socket_of_loop: Any = getattr(loop, "_ssock", None)
    if socket_of_loop is None or not isinstance(getattr(loop, "_selector", None), selectors.BaseSelector):
        return []
    frames = current_frames()
    asleep = frames.get(thread)
    if asleep is None or not _sleeps(asleep) or _somebody_is_about_to_wake(frames):
        return []
    before = [handle for handle in list(loop._ready)[:_MAX_CALLBACKS] if _is_the_programs(handle)]
    del frames
    if not before or _was_woken(socket_of_loop):
        return []
    if current_frames().get(thread) is not asleep:
        return []
    still = {id(handle) for handle in list(loop._ready)}
    return [handle for handle in before if id(handle) in still]


def _sleeps(frame: FrameType) -> bool:
    turn = frame.f_back
    if frame.f_code.co_name != "select" or turn is None or turn.f_code is not RUN_ONCE:
        return False
    return bool(turn.f_locals.get("timeout", 0) != 0)


def _somebody_is_about_to_wake(frames: dict[int, FrameType]) -> bool:
    for frame in frames.values():
        at: Optional[FrameType] = frame
        while at is not None:
            if at.f_code is _THREADSAFE:
                return True
            at = at.f_back
    return False


def _was_woken(own_socket: Any) -> bool:
    """Whether there is something to read in the socket by which a loop is woken. Takes nothing out of it."""
    try:
        own_socket.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _is_the_programs(handle: Any) -> bool:
    return not handle._cancelled and not isinstance(handle._callback, OwnCallback)
