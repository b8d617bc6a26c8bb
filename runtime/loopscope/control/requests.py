"""The debugger's commands, one function each. They run in the thread that has the viewer's connection.

What has to be done where the coroutines stand still is given to the thread of the held loop, which then answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Optional

from ..loops import OwnCallback
from . import evaluation, tasks
from .evaluation import EvaluationError
from .gate import Gate
from .inspection import Inspection, InspectionError, Shown
from .plans import Await, StepInto, StepOut, StepOver
from .stops import Stops

if TYPE_CHECKING:
    from .controller import Controller

Answer = Callable[[dict[str, Any]], None]
Arguments = Mapping[str, Any]
MAX_TASKS = 200


class RequestError(Exception):
    """Says in a sentence why a command cannot be carried out."""


class Evaluation:
    """An `await` that is being evaluated, while the loops run."""

    def __init__(self, task: Any, gate: Gate, source: str, answer: Answer) -> None:
        self.task = task
        self.gate = gate
        self._source = source
        self._answer = answer

    def settle(self, inspection: Inspection) -> None:
        """The loop is held again: answer with the value, or with why there is none."""
        task = self.task
        if not task.done():
            self._answer(error("The loop was held before the awaited expression was done; it goes on with the loop."))
        elif task.cancelled():
            self._answer(error("CancelledError: the awaited expression was cancelled."))
        elif task.exception() is not None:
            self._answer(error(evaluation.describe_exception(task.exception())))
        else:
            self._answer(
                {"error": None, "variable": inspection.variable(self._source, task.result(), None), "ran": True}
            )


def carry_out(controller: Controller, command: str, arguments: Arguments, answer: Answer) -> None:
    """Carry out a command; whatever goes wrong is answered in a sentence."""
    function = COMMANDS.get(command)
    if function is None:
        answer(error(f"The command {str(command)[:50]!r} is unknown to the loop debugger."))
        return
    try:
        with controller.lock:
            function(controller, arguments, answer)
    except (RequestError, InspectionError, EvaluationError, ValueError) as problem:
        answer(error(str(problem)))
    except Exception as problem:
        controller.directory.note_error()
        answer(error(f"Loopscope failed: {type(problem).__name__}: {problem}."))


def error(sentence: str) -> dict[str, Any]:
    """An answer that says what went wrong."""
    return {"error": sentence}


def _hold(controller: Controller, arguments: Arguments, answer: Answer) -> None:
    controller.hold()
    answer({"error": None, "loops": _loops(controller)})


def _resume(controller: Controller, arguments: Arguments, answer: Answer) -> None:
    if not controller.holding:
        raise RequestError("The loop is not held.")
    controller.go(None)
    answer({"error": None})


def _loops(controller: Controller) -> list[dict[str, Any]]:
    return [
        {"id": gate.id, "name": gate.name, "held": gate.parked, "can_step": gate.has_hold_points}
        for gate in controller.gates()
    ]


def _step_into(controller: Controller, arguments: Arguments, answer: Answer) -> None:
    if "loop" in arguments:
        gate = _held_loop(controller, _integer(arguments, "loop"))
    else:
        gate = _gate_of_task(controller, _task(controller, arguments))
    _require_hold_points(gate)
    controller.go(StepInto(gate))
    answer({"error": None})


def _step_over(controller: Controller, arguments: Arguments, answer: Answer) -> None:
    task = _task(controller, arguments)
    _require_hold_points(_gate_of_task(controller, task))
    if task.done():
        raise RequestError(f"{tasks.name_of(task)} has ended, so it cannot be stepped; continue, or step another task.")
    controller.go(StepOver(task))
    answer({"error": None})


def _step_out(controller: Controller, arguments: Arguments, answer: Answer) -> None:
    task = _task(controller, arguments)
    gate = _gate_of_task(controller, task)
    _require_hold_points(gate)

    def go() -> None:
        if task.done():
            raise RequestError(f"{tasks.name_of(task)} has ended, so there is nothing to step out to.")
        with controller.lock:
            controller.go(StepOut(task))
        answer({"error": None})

    _give(controller, gate, go, answer)


def _require_hold_points(gate: Gate) -> None:
    if not gate.has_hold_points:
        loop = gate.loop()
        name = f"{type(loop).__module__}.{type(loop).__qualname__}"
        raise RequestError(f"{name} can be held but not stepped: its callbacks run in C, past any hold point.")


def _tasks(controller: Controller, arguments: Arguments, answer: Answer) -> None:
    gates = controller.parked_gates()
    if not gates:
        raise RequestError("The loop is not held, so its tasks cannot be listed.")
    found: list[tuple[tuple[int, int], dict[str, Any]]] = []
    totals: list[int] = []

    def collect(gate: Gate) -> None:
        try:
            rows, total = gate.inspection.task_rows(MAX_TASKS, controller.noted_tasks)
        except Exception:
            controller.directory.note_error()
            rows, total = [], 0
        with controller.lock:
            found.extend(rows)
            totals.append(total)
            if len(totals) == len(gates):
                found.sort(key=lambda each: each[0])
                listed = [row for _, row in found[:MAX_TASKS]]
                answer({"error": None, "tasks": listed, "total": sum(totals), "loops": _loops(controller)})

    for gate in gates:
        gate.give(lambda gate=gate: collect(gate))  # type: ignore[misc]


def _frames(controller: Controller, arguments: Arguments, answer: Answer) -> None:
    if "loop" in arguments:
        gate = _held_loop(controller, _integer(arguments, "loop"))
        _give(controller, gate, lambda: answer({"error": None, "frames": gate.inspection.frames_of_loop()}), answer)
        return
    task = _task(controller, arguments)
    gate = _gate_of_task(controller, task)
    _give(controller, gate, lambda: answer({"error": None, "frames": gate.inspection.frames_of_task(task)}), answer)


def _scopes(controller: Controller, arguments: Arguments, answer: Answer) -> None:
    frame = _integer(arguments, "frame")
    gate = _gate_with(controller, frame)
    _give(controller, gate, lambda: answer({"error": None, "scopes": gate.inspection.scopes(frame)}), answer)


def _variables(controller: Controller, arguments: Arguments, answer: Answer) -> None:
    reference = _integer(arguments, "reference")
    start = _integer(arguments, "start", 0)
    count = _integer(arguments, "count", 100)
    kind = arguments.get("filter", "")
    if kind not in ("", "indexed", "named"):
        raise RequestError("The filter must be indexed or named.")
    gate = _gate_with(controller, reference)

    def look() -> None:
        answer({"error": None, "variables": gate.inspection.variables(reference, start, count, kind)})

    _give(controller, gate, look, answer)


def _evaluate(controller: Controller, arguments: Arguments, answer: Answer) -> None:
    source = arguments.get("expression")
    if not isinstance(source, str):
        raise RequestError("There is no expression to evaluate.")
    frame = _integer(arguments, "frame")
    gate = _gate_with(controller, frame)
    if arguments.get("context") == "hover":
        _give(controller, gate, lambda: answer(_looked_up(gate.inspection, frame, source)), answer)
        return
    expression = evaluation.parse(source)
    if expression.awaits and arguments.get("context") == "watch":
        # A watch is evaluated at every stop: the loop would run off each time.
        raise EvaluationError("A watch cannot await; evaluate it in the debug console.")

    def run() -> None:
        shown = gate.inspection.shown(frame)
        names = gate.inspection.locals_of(shown)
        frame_globals = _globals_of(shown)
        if expression.awaits:
            _begin_await(controller, gate, expression, frame_globals, names, answer)
            return
        get_context = getattr(shown.task, "get_context", None)
        if get_context is not None and not shown.task.done():
            value = get_context().run(evaluation.evaluate, expression, frame_globals, names)
        else:
            value = evaluation.evaluate(expression, frame_globals, names)
        answer({"error": None, "variable": gate.inspection.variable(source, value, f"({source})"), "ran": False})

    _give(controller, gate, run, answer)


def _looked_up(inspection: Inspection, frame: int, source: str) -> dict[str, Any]:
    shown = inspection.shown(frame)
    value = evaluation.look_up(source, _globals_of(shown), inspection.locals_of(shown))
    return {"error": None, "variable": inspection.variable(source, value, source), "ran": False}


def _globals_of(shown: Shown) -> dict[str, Any]:
    if shown.frame is None:
        raise InspectionError("This frame only tells a place; expressions need a frame of a suspended task.")
    found: dict[str, Any] = shown.frame.f_globals
    return found


def _begin_await(
    controller: Controller,
    gate: Gate,
    expression: evaluation.Expression,
    frame_globals: dict[str, Any],
    names: Mapping[str, Any],
    answer: Answer,
) -> None:
    loop = gate.loop()
    if loop is None or not gate.has_hold_points:
        raise EvaluationError("This loop cannot be held again after an await; evaluate something that does not await.")
    if controller.evaluation is not None:
        raise EvaluationError("Another awaited expression is still running.")
    coroutine = evaluation.function_of(expression, frame_globals, names)()
    # Not by the loop's `create_task`: the program's task factory has nothing to do with it.
    task = controller.directory.make_unseen(lambda: asyncio.Task(coroutine, loop=loop, name="Loopscope evaluation"))
    stop = gate.stop
    with controller.lock:
        controller.evaluation = Evaluation(task, gate, expression.source, answer)
        controller.go(Await(task, stop.task if stop is not None else None))


def _set_await_breakpoints(controller: Controller, arguments: Arguments, answer: Answer) -> None:
    filename = arguments.get("file")
    wanted = arguments.get("breakpoints", [])
    if not isinstance(filename, str) or not filename:
        raise RequestError("The breakpoints name no file.")
    if not isinstance(wanted, list) or not all(
        isinstance(each, dict) and type(each.get("line")) is int for each in wanted
    ):
        raise RequestError("Each breakpoint must have a line number.")
    for each in wanted:
        if type(each.get("id", 0)) is not int:
            raise RequestError(f"The id of the breakpoint at line {each['line']} must be a whole number.")
        for name in ("condition", "hit_count", "log_message"):
            if not isinstance(each.get(name, None), (str, type(None))):
                raise RequestError(
                    f"The {name.replace('_', ' ')} of the breakpoint at line {each['line']} must be text."
                )
    answers = controller.breakpoints.set(filename, wanted)
    controller.changed()
    answer({"error": None, "breakpoints": answers})


def _set_stops(controller: Controller, arguments: Arguments, answer: Answer) -> None:
    controller.stops = Stops.read(arguments)
    controller.changed()
    answer({"error": None})


class _Cancel(OwnCallback):
    """Cancels a task in the thread of its loop."""

    __slots__ = ("answer", "task")

    def __init__(self, task: Any, answer: Answer) -> None:
        self.task = task
        self.answer = answer

    def __call__(self) -> None:
        task, self.task = self.task, None
        if task is None:
            return
        try:
            cancelled = task.cancel()
        except Exception as problem:
            self.answer(error(f"{tasks.name_of(task)} could not be cancelled: {problem}."))
            return
        self.answer({"error": None} if cancelled else error(f"{tasks.name_of(task)} has ended already."))


def _cancel_task(controller: Controller, arguments: Arguments, answer: Answer) -> None:
    task = _task(controller, arguments)
    loop = task.get_loop()
    gate = controller.gate_of(loop)
    cancel = _Cancel(task, answer)
    if gate.parked:
        gate.give(cancel)
        return
    try:
        loop.call_soon_threadsafe(cancel)
    except RuntimeError:
        raise RequestError(f"{tasks.name_of(task)} belongs to a loop that is closed.") from None


def _give(controller: Controller, gate: Gate, work: Callable[[], None], answer: Answer) -> None:
    """Have a held loop's thread do something; what it raises is answered."""

    def guarded() -> None:
        try:
            work()
        except (RequestError, InspectionError, EvaluationError) as problem:
            answer(error(str(problem)))
        except Exception as problem:
            controller.directory.note_error()
            answer(error(f"Loopscope failed: {type(problem).__name__}: {problem}."))

    gate.give(guarded)


def _integer(arguments: Arguments, name: str, default: Optional[int] = None) -> int:
    value = arguments.get(name, default)
    if type(value) is not int or value < 0:
        raise RequestError(f"The {name} must be a whole number.")
    return value


def _task(controller: Controller, arguments: Arguments) -> Any:
    identifier = _integer(arguments, "task")
    for gate in controller.parked_gates():
        stop = gate.stop
        if stop is not None and stop.task_id == identifier and identifier:
            return stop.task
    task = controller.directory.find_task(identifier)
    if task is None:
        raise RequestError(f"Task {identifier} is gone.")
    return task


def _gate_of_task(controller: Controller, task: Any) -> Gate:
    gate = controller.gate_of(task.get_loop())
    if not gate.parked:
        raise RequestError(f"The loop of {tasks.name_of(task)} is not held.")
    return gate


def _held_loop(controller: Controller, identifier: int) -> Gate:
    for gate in controller.parked_gates():
        if gate.id == identifier:
            return gate
    raise RequestError(f"Loop {identifier} is not held.")


def _gate_with(controller: Controller, reference: int) -> Gate:
    for gate in controller.parked_gates():
        if gate.inspection is not None and reference in gate.inspection:
            return gate
    raise InspectionError("This was shown in an earlier hold; the loop has run since.")


COMMANDS: dict[str, Callable[[Controller, Arguments, Answer], None]] = {
    "hold": _hold,
    "resume": _resume,
    "step-over": _step_over,
    "step-into": _step_into,
    "step-out": _step_out,
    "tasks": _tasks,
    "frames": _frames,
    "scopes": _scopes,
    "variables": _variables,
    "evaluate": _evaluate,
    "set-await-breakpoints": _set_await_breakpoints,
    "set-stops": _set_stops,
    "cancel-task": _cancel_task,
}
