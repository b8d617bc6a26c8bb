"""Which loops there are, and in which threads they run."""

from __future__ import annotations

import itertools
from typing import Any, Optional

from .clock import monotonic_ns
from .loops import LoopState


class LoopRegistry:
    """All loops that have run since the runtime came in, by address and by the thread they run in."""

    def __init__(self) -> None:
        self.states: dict[int, LoopState] = {}
        self.running: dict[int, LoopState] = {}
        self._by_address: dict[int, LoopState] = {}
        # Loops of several threads may begin at once.
        self._ids = itertools.count(1)

    def state_of(self, loop: Any) -> LoopState:
        """The state kept for a loop, made when it is new."""
        state = self._by_address.get(id(loop))
        if state is None or state.reference() is not loop:
            # What a program without a loop does not need is not imported.
            from .uvloop_state import UvloopState, is_uvloop

            state = (UvloopState if is_uvloop(loop) else LoopState)(next(self._ids), loop, monotonic_ns())
            self._by_address[id(loop)] = state
            self.states[state.id] = state
        return state

    def at_address(self, address: int) -> Optional[LoopState]:
        """The loop that lives, or last lived, at an address."""
        return self._by_address.get(address)

    def default_of(self, executor: Any) -> Optional[int]:
        """The loop whose default executor this is."""
        for state in list(self.states.values()):
            loop = state.reference()
            if loop is not None and getattr(loop, "_default_executor", None) is executor:
                return state.id
        return None
