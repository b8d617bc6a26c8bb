"""Ctrl+C while a loop is held: it ends the hold, and reaches the program as soon as that runs again.

Raised where the loop's thread waits, it would show frames of ours in the program's traceback, and take away the
callback that was about to run; and asyncio's own handler only asks the main task to end, which takes a loop that runs.
"""

from __future__ import annotations

import functools
import signal
import threading
from asyncio import base_events, events
from collections.abc import Callable
from typing import Any


class Interrupts:
    """Stands in for the program's handler of SIGINT for the length of a `with` block, if the main thread runs it.

    `let_go()` is called in the main thread between any two instructions: it must be safe there, and not wait.
    """

    def __init__(self, let_go: Callable[[], None]) -> None:
        self.came = False
        self._let_go = let_go
        self._original: Any = None

    def __enter__(self) -> Interrupts:
        if threading.get_ident() == threading.main_thread().ident:
            original = signal.getsignal(signal.SIGINT)
            if callable(original):
                self._original = original
                signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *exception: object) -> None:
        # Whoever was asked to evaluate something may have set another.
        if self._original is not None and signal.getsignal(signal.SIGINT) == self._note:
            signal.signal(signal.SIGINT, self._original)

    def _note(self, number: int, frame: Any) -> None:
        self.came = True
        self._let_go()

    def pass_on(self, loop: Any) -> None:
        """Give the program the signal that came, in a callback of its own. The loop's thread, after the block."""
        if not self.came:
            return
        again = functools.partial(signal.raise_signal, signal.SIGINT)
        if isinstance(loop, base_events.BaseEventLoop):
            ready: Any = loop._ready  # type: ignore[attr-defined]
            ready.appendleft(events.Handle(again, (), loop))
        else:
            loop.call_soon(again)
