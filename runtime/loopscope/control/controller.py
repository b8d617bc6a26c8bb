"""Takes the debugger's commands and holds the loops."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Mapping
from typing import Any, Optional

from ..clock import monotonic_ns
from . import requests, tasks
from .breakpoints import AwaitBreakpoints, Breakpoint, Hit
from .directory import Directory
from .gate import Departure, Gate, is_own_callback
from .hook import HoldPoint
from .inspection import Inspection, is_own
from .interrupts import Interrupts
from .loop_clock import set_back_ns
from .plans import Await, Plan, StepInto, StepOut, StepOver
from .requests import Answer, Evaluation
from .stops import Stop, Stops

MAX_NOTED = 1_000


class Controller:
    """Holds and steps the loops of a process for one viewer.

    `emit(event)` is called in the threads of loops and of whoever gives commands, with a lock held: it must only put
    the event somewhere, never wait and never raise.
    """

    COMMANDS = tuple(requests.COMMANDS)

    def __init__(self, directory: Directory, emit: Callable[[dict[str, Any]], None]) -> None:
        self.directory = directory
        self.breakpoints = AwaitBreakpoints(directory.is_user_file, self._log)
        self.stops = Stops()
        self.numbers = itertools.count(1)
        self.noted_tasks: set[int] = set()
        self.evaluation: Optional[Evaluation] = None
        self.lock = threading.RLock()
        self._emit = emit
        self._hook = HoldPoint(self._arrive)
        self._gates: dict[int, Gate] = {}
        self._holding = False
        self._first_is_held = False
        self._plan: Optional[Plan] = None
        self._noted_block: object = None

    # For whoever has the viewer's connection

    def handle(self, command: str, arguments: Mapping[str, Any], answer: Answer) -> None:
        """Carry out a command. `answer` is called once, here or later in a loop's thread, and must not wait or raise.

        An answer has `error`, a sentence or None, and what the command asks for.
        """
        requests.carry_out(self, command, arguments, answer)

    def release(self) -> None:
        """The viewer is gone: forget breakpoints and stops, and let every loop run. Any thread."""
        with self.lock:
            self.breakpoints.clear()
            self.stops = Stops()
            self.evaluation = None
            for gate in self._gates.values():
                gate.pending = None
            self.go(None)

    def after_fork(self) -> None:
        """In a forked child: take everything out without waiting for threads that are not there."""
        self.lock = threading.RLock()
        self._holding = False
        self._plan = None
        self._gates.clear()
        self._hook.remove()

    def is_held(self, loop: Any) -> bool:
        """Whether a loop is held right now. Any thread."""
        gate = self._gates.get(id(loop))
        return gate is not None and gate.parked and gate.loop() is loop

    def held_since_ns(self, loop: Any) -> Optional[int]:
        """Since when a loop is held, in nanoseconds of the monotonic clock; None when it is not held. Any thread."""
        gate = self._gates.get(id(loop))
        return gate.parked_ns if gate is not None and gate.parked and gate.loop() is loop else None

    @staticmethod
    def set_back_ns(loop: Any) -> int:
        """Nanoseconds by which a loop's `time()` is behind the monotonic clock because it was held. Any thread."""
        return set_back_ns(loop)

    # For whoever finds blocks and findings

    def note_block(self, loop: Any, key: object, duration_ms: float, task: int, stack: list[dict[str, Any]]) -> None:
        """A callback blocks a loop, or has: holds it when that callback ends, if blocks so long are to stop.

        `key` names the block, for one that is told of several times; `task` is the task's number or 0; `stack` holds
        `Site`s from the outermost frame to the innermost. Any thread.
        """
        jam_ms = self.stops.jam_ms
        if task and len(self.noted_tasks) < MAX_NOTED:
            self.noted_tasks.add(task)
        if jam_ms is None or duration_ms < jam_ms or key == self._noted_block:
            return
        self._noted_block = key
        place = f" at {stack[-1]['file']}:{stack[-1]['line']}" if stack else ""
        stopped = self.directory.find_task(task) if task else None
        self._stop_soon(
            loop, Stop("jam", f"The loop was blocked for {duration_ms:.0f} ms{place}.", stopped, None, stack)
        )

    def note_finding(self, loop: Any, rule: str, message: str, task: int, stack: list[dict[str, Any]]) -> None:
        """There is a new case of a finding: holds the loop, if findings of this rule are to stop.

        `loop` is None where it is not known: then it is the task's, or one that runs. `task` is the task's number or 0;
        `stack` holds the `Site`s to show, from the outermost to the innermost. Any thread.
        """
        if task and len(self.noted_tasks) < MAX_NOTED:
            self.noted_tasks.add(task)
        if rule not in self.stops.rules:
            return
        about = self.directory.find_task(task) if task else None
        if loop is None and about is not None:
            loop = about.get_loop()
        if loop is None:
            loop = next(iter(self.directory.running_loops()), None)
        if loop is not None:
            self._stop_soon(loop, Stop("finding", f"{rule}: {message}", about, None, stack))

    def stop_here(self, rule: str, message: str, stack: list[dict[str, Any]]) -> bool:
        """Hold the loop that runs in this thread as soon as its callback ends, for a finding of its task.

        False when no loop runs here.
        """
        loop = asyncio._get_running_loop()
        if loop is None:
            return False
        self._stop_soon(loop, Stop("finding", f"{rule}: {message}", asyncio.current_task(loop), None, stack))
        return True

    def _stop_soon(self, loop: Any, stop: Stop) -> None:
        with self.lock:
            if self._holding:
                return
            gate = self.gate_of(loop)
            gate.pending = stop
            self._update()
            gate.send_marker(self._arrive_uncontrolled)

    # For requests

    def gates(self) -> list[Gate]:
        """The loops that run. With the lock."""
        return [self.gate_of(loop) for loop in self.directory.running_loops()]

    def gate_of(self, loop: Any) -> Gate:
        """What is kept of a loop."""
        gate = self._gates.get(id(loop))
        if gate is None or gate.loop() is not loop:
            with self.lock:
                self._gates = {key: each for key, each in self._gates.items() if each.loop() is not None}
                gate = self._gates[id(loop)] = Gate(loop, self.directory.loop_id(loop), self.directory.loop_name(loop))
        return gate

    def parked_gates(self) -> list[Gate]:
        """The loops that are held. With the lock."""
        return [gate for gate in self._gates.values() if gate.parked]

    @property
    def holding(self) -> bool:
        """Whether loops are, or are to be, held."""
        return self._holding

    def hold(self) -> None:
        """Hold every loop at its next hold point. With the lock."""
        self._plan = None
        for gate in self._gates.values():
            gate.passing = False
        if not self.parked_gates():
            self._first_is_held = False
        self._holding = True
        self._update()
        self._send_markers()

    def go(self, plan: Optional[Plan]) -> None:
        """Let held loops go on, all of them or, to run one callback, one. With the lock."""
        going = [plan.gate] if isinstance(plan, StepInto) else self.parked_gates()
        self._plan = plan
        self._first_is_held = False
        if isinstance(plan, StepInto):
            plan.gate.passing = True
        else:
            self._holding = False
        resumed = []
        for gate in going:
            if gate.parked:
                gate.parked = False
                resumed.append(gate.id)
                gate.give(None)
        self._update()
        if resumed:
            self._emit({"type": "resumed", "loops": resumed})

    def changed(self) -> None:
        """Breakpoints or stops were replaced. With the lock."""
        self._update()

    def _update(self) -> None:
        wanted = self._holding or self._plan is not None or bool(self.breakpoints) or self.stops.task_failed
        if wanted or any(gate.pending is not None for gate in self._gates.values()):
            self._hook.install()
        else:
            self._hook.remove()
            for gate in self._gates.values():
                gate.departure = None

    def _send_markers(self) -> None:
        for gate in self.gates():
            if not gate.parked:
                gate.send_marker(self._arrive_uncontrolled)

    # In the loops' threads

    def _arrive(self, handle: Any) -> bool:
        """A callback is about to run; True when it was cancelled while its loop was held here."""
        was_held = False
        try:
            gate = self.gate_of(handle._loop)
            if gate.parked:
                # An expression that is being evaluated runs callbacks by hand.
                return False
            own = is_own_callback(handle._callback)
            task = None if own else tasks.task_of(handle._callback)
            gate.places = []
            stop = self._why_stop(gate, task)
            while stop is not None or (self._holding and not gate.passing):
                was_held = True
                self._park(gate, handle, stop)
                stop = None
            if was_held and task is not None and self.breakpoints:
                # They may have been set, and the task cancelled or the like, in the meantime.
                gate.places = self.breakpoints.places(task)
            if not own:
                self._depart(gate, task)
        except Exception:
            self.directory.note_error()
        return was_held and handle._cancelled

    def _arrive_uncontrolled(self, gate: Gate) -> None:
        """The marker runs in a loop whose callbacks pass no hold point: it is the hold point."""
        try:
            stop, gate.pending = gate.pending, None
            while stop is not None or self._holding:
                self._park(gate, None, stop)
                stop = None
        except Exception:
            self.directory.note_error()

    def _why_stop(self, gate: Gate, task: Any) -> Optional[Stop]:
        departure, gate.departure = gate.departure, None
        plan = self._plan
        stop: Optional[Stop] = None
        if departure is not None:
            if plan is not None:
                stop = plan.after(gate, departure.task)
            if stop is None and not isinstance(plan, Await) and departure.task is not None:
                stop = self._after_step(departure)
            if stop is not None:
                return stop
        if gate.pending is not None:
            stop, gate.pending = gate.pending, None
            return stop
        if plan is not None:
            stop = plan.before(gate, task)
        if stop is None and task is not None and self.breakpoints and not isinstance(plan, Await):
            gate.places = self.breakpoints.places(task)
            if gate.places:
                stop = self._hit(task, self.breakpoints.before_step(task, gate.places))
        return stop

    def _after_step(self, departure: Departure) -> Optional[Stop]:
        task = departure.task
        if not task.done():
            if self.breakpoints and not is_own(task):
                places = self.breakpoints.places(task)
                if places or departure.places:
                    return self._hit(task, self.breakpoints.after_step(departure.places, places))
            return None
        if (
            self.stops.task_failed
            and not departure.awaited
            and tasks.exception_of(task) is not None
            and not is_own(task)
        ):
            failure = type(tasks.exception_of(task)).__name__
            return Stop("task-failed", f"{tasks.name_of(task)} failed with {failure}, and nobody awaits it.", task)
        return None

    def _hit(self, task: Any, hit: Optional[Hit]) -> Optional[Stop]:
        if hit is None:
            return None
        return Stop("await-breakpoint", f"{tasks.name_of(task)} {hit.description}.", task, hit.breakpoint.id)

    def _depart(self, gate: Gate, task: Any) -> None:
        plan = self._plan
        watched = task is not None and (bool(self.breakpoints) or self.stops.task_failed)
        if isinstance(plan, StepInto):
            watched = watched or plan.gate is gate
        elif isinstance(plan, (StepOver, StepOut)) and task is not None and plan.task() is task:
            watched = True
            if isinstance(plan, StepOut):
                plan.note_awaiters(task)
        elif isinstance(plan, Await):
            watched = plan.task is task
        if watched:
            awaited = not self.stops.task_failed or task is None or tasks.has_awaiter(task)
            gate.departure = Departure(task, gate.places, awaited)
            gate.send_marker_from_own_thread()

    def _park(self, gate: Gate, handle: Any, stop: Optional[Stop]) -> None:
        if stop is not None and stop.task is not None:
            # Before the lock: it may take the session's, whose owner may wait for ours.
            stop.task_id = self.directory.task_id(stop.task)
        with Interrupts(lambda: gate.give(self._let_all_go)) as interrupts:
            self._park_uninterrupted(gate, handle, stop)
        interrupts.pass_on(gate.loop())

    def _let_all_go(self) -> None:
        with self.lock:
            self.go(None)

    def _park_uninterrupted(self, gate: Gate, handle: Any, stop: Optional[Stop]) -> None:
        with self.lock:
            if stop is None and (not self._holding or gate.passing):
                return
            first = not self._first_is_held
            if stop is None:
                stop = Stop(
                    "pause" if first else "other-loop", "The loop is held." if first else "Held with the other loops."
                )
            self._first_is_held = True
            self._holding = True
            self._plan = None
            gate.passing = False
            gate.stop = stop
            gate.handle = handle
            gate.inspection = Inspection(gate, self.directory, self.numbers)
            stands_still = gate.clock.stop()
            gate.parked_ns = monotonic_ns()
            gate.parked = True
            self._settle_evaluation(gate)
            self._emit(
                {
                    "type": "held",
                    "loop": gate.id,
                    "loop_name": gate.name,
                    "task": stop.task_id or None,
                    "reason": stop.reason,
                    "description": stop.description,
                    "breakpoint": stop.breakpoint,
                    "first": first,
                    "can_step": gate.has_hold_points,
                    "time_stands_still": stands_still,
                }
            )
        self._send_markers_to_others(gate)
        try:
            gate.wait(self.directory.note_error)
        except BaseException:
            # Another signal's handler: whoever asks a program to end does not want it held.
            gate.parked = False
            self._let_all_go()
            raise
        finally:
            gate.inspection.release()
            gate.inspection = gate.stop = gate.handle = None
            gate.clock.go()

    def _send_markers_to_others(self, gate: Gate) -> None:
        with self.lock:
            for other in self.gates():
                if other is not gate and not other.parked:
                    other.send_marker(self._arrive_uncontrolled)

    def _settle_evaluation(self, gate: Gate) -> None:
        evaluation = self.evaluation
        if evaluation is not None and evaluation.gate is gate:
            self.evaluation = None
            evaluation.settle(gate.inspection)

    def _log(self, breakpoint: Breakpoint, text: str) -> None:
        self._emit({"type": "logged", "breakpoint": breakpoint.id, "text": text[:10_000]})
