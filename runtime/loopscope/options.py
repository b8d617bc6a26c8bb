"""How the runtime was asked to run."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Optional, TypeVar, Union

from . import protocol

LEVELS = ("watch", "trace")

_T = TypeVar("_T")


class BadOption(ValueError):
    """An option that cannot be used; the text is one sentence for a person."""


@dataclass
class Options:
    """Everything that can be asked of the runtime. Times in milliseconds."""

    level: str = "watch"
    threshold_ms: float = protocol.DEFAULT_THRESHOLD_MS
    connect: Optional[tuple[str, int]] = None
    token: str = ""
    session: str = ""
    record: Optional[str] = None
    # Somebody will read a report at the end, so lag and outcomes are wanted although no viewer is there.
    report: bool = False
    # Lines of which the report tells whether they were executed, as the request `watch-lines` names them.
    foreseen: list[dict[str, Any]] = field(default_factory=list)
    # A debugger is behind the viewer: the first loop waits a moment for its breakpoints.
    wait_for_debugger: bool = False
    # Whether a viewer may come later: `local` (of the same user), `off`, or also at an address, with `token`.
    listen: Union[str, tuple[str, int]] = "local"
    # The runtime was brought into a running program by a viewer, and goes with the last one.
    leaves_with_viewer: bool = False

    @property
    def threshold_ns(self) -> int:
        """The block threshold in nanoseconds."""
        return int(self.threshold_ms * 1e6)


def from_environment(strict: bool = False) -> Options:
    """The options of the `LOOPSCOPE_*` variables.

    A value that cannot be used raises `BadOption` when `strict`, and is passed over otherwise: a wrong variable must
    not stop a program that happens to inherit it.
    """
    options = Options()
    environment = os.environ

    def read(variable: str, check: Callable[[str], _T], otherwise: _T) -> _T:
        text = environment.get(variable)
        if not text:
            return otherwise
        try:
            return check(text)
        except BadOption:
            if strict:
                raise
            return otherwise

    options.level = read(protocol.ENVIRONMENT_LEVEL, check_level, options.level)
    options.threshold_ms = read(protocol.ENVIRONMENT_THRESHOLD_MS, check_threshold, options.threshold_ms)
    options.connect = read(protocol.ENVIRONMENT_CONNECT, check_connect, options.connect)
    options.token = environment.get(protocol.ENVIRONMENT_TOKEN, "")
    options.session = environment.get(protocol.ENVIRONMENT_SESSION, "")
    options.listen = read(protocol.ENVIRONMENT_LISTEN, check_listen, options.listen)
    options.wait_for_debugger = environment.get(protocol.ENVIRONMENT_WAIT) == "debugger"
    return options


def check_level(text: str) -> str:
    """A level's name, or BadOption."""
    if text not in LEVELS:
        raise BadOption(f"The level {text!r} is unknown: use watch or trace.")
    return text


def check_threshold(text: str) -> float:
    """A threshold in milliseconds, or BadOption."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 1 <= value <= 3_600_000:
        raise BadOption(f"The threshold {text!r} cannot be used: give a number of milliseconds from 1 to 3600000.")
    return value


def check_connect(text: str) -> tuple[str, int]:
    """Host and port of `tcp:HOST:PORT`, or BadOption."""
    scheme, _, rest = text.partition(":")
    host, _, port = rest.rpartition(":")
    if scheme != "tcp" or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise BadOption(f"The address {text!r} cannot be used: give tcp:HOST:PORT.")
    return host, int(port)


def check_listen(text: str) -> Union[str, tuple[str, int]]:
    """`local`, `off` or the host and port of `tcp:HOST:PORT`, or BadOption."""
    if text in ("local", "off"):
        return text
    try:
        return check_connect(text)
    except BadOption:
        raise BadOption(f"Listening at {text!r} cannot be done: give local, off or tcp:HOST:PORT.") from None
