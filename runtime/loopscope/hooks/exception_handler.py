"""Hears of tasks that were freed while pending, and of exceptions that nobody retrieved, when asyncio tells the loop's
exception handler."""

from __future__ import annotations

from asyncio import base_events
from collections.abc import Callable
from types import TracebackType
from typing import Any, Optional

from ..sites import FileKinds, line_of_instruction
from ..tasks import TaskDropped, TaskFailure, TaskRegistry, describe_exception
from . import restore


class ExceptionHandlerHook:
    """Wraps `BaseEventLoop.call_exception_handler`, which is only called when something went wrong."""

    def __init__(self, registry: TaskRegistry, kinds: FileKinds, on_error: Callable[[], None]) -> None:
        self._registry = registry
        self._kinds = kinds
        self._on_error = on_error
        self._ours: Any = None
        self._original: Any = None

    def install(self) -> None:
        """Put the hook in."""
        original: Any = base_events.BaseEventLoop.call_exception_handler
        note = self._note

        def call_exception_handler(self: Any, context: dict[str, Any]) -> None:
            note(context)
            original(self, context)

        call_exception_handler.__doc__ = original.__doc__
        call_exception_handler.__qualname__ = original.__qualname__
        call_exception_handler.__module__ = original.__module__
        self._original = original
        self._ours = call_exception_handler
        base_events.BaseEventLoop.call_exception_handler = call_exception_handler  # type: ignore[method-assign]

    def remove(self) -> None:
        """Take the hook out."""
        if self._ours is not None:
            restore(base_events.BaseEventLoop, "call_exception_handler", self._ours, self._original)
        self._ours = None

    def _note(self, context: dict[str, Any]) -> None:
        try:
            message = context.get("message", "")
            exception = context.get("exception")
            if exception is not None and message.endswith("was never retrieved"):
                future = context.get("future")
                name = _name_of(future) if hasattr(future, "get_coro") else None
                raised_at = where_raised(exception.__traceback__, self._kinds)
                self._registry.log.append(TaskFailure(id(future), describe_exception(exception), name, raised_at))
            elif message.startswith("Task was destroyed"):
                task: Any = context.get("task")
                coroutine = getattr(task.get_coro(), "__qualname__", "") if hasattr(task, "get_coro") else ""
                loop = getattr(task, "_loop", None)
                closed = loop is not None and loop.is_closed()
                self._registry.log.append(TaskDropped(id(task), _name_of(task), str(coroutine), closed))
        except Exception:
            self._on_error()


def _name_of(task: Any) -> str:
    return str(task.get_name()) if hasattr(task, "get_name") else type(task).__name__


def where_raised(traceback: Optional[TracebackType], kinds: FileKinds) -> Optional[str]:
    """The innermost line of the user's code in a traceback, as `file:line`; None when none is in it."""
    found: Optional[str] = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if kinds[code.co_filename]:
            found = f"{code.co_filename}:{line_of_instruction(code, traceback.tb_lasti)}"
        traceback = traceback.tb_next
    return found
