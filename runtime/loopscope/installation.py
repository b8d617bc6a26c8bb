"""Installing and uninstalling: the one place that knows whether the runtime is in this process."""

from __future__ import annotations

import atexit
import os
import threading
from dataclasses import replace
from typing import Optional

from .options import Options
from .session import Session

_change = threading.Lock()
_current: Optional[Session] = None
_last: Optional[Session] = None
_registered = False
_held_for_fork: Optional[Session] = None


def last() -> Optional[Session]:
    """The session that was uninstalled last: its tables stay readable."""
    return _last


def current() -> Optional[Session]:
    """The session of this process, None when the runtime is not installed."""
    return _current


def install(options: Options) -> Session:
    """Install the runtime; gives the session that is there when it was installed before."""
    global _current, _registered
    with _change:
        if _current is not None:
            return _current
        session = Session(options)
        session.install()
        session.start_looking()
        _current = session
        if not _registered:
            _registered = True
            atexit.register(_at_exit)
            if hasattr(os, "register_at_fork"):
                # These cannot be taken back; without a session they do nothing.
                os.register_at_fork(
                    before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
                )
        return session


def uninstall(reason: str, only: Optional[Session] = None) -> Optional[Session]:
    """Uninstall the runtime; gives the session that was there, whose tables stay readable.

    With `only`, nothing is done when another session is there by now.
    """
    global _current, _last
    with _change:
        if only is not None and _current is not only:
            return None
        session, _current = _current, None
        if session is not None:
            session.finish(reason)
            session.uninstall()
            _last = session
        return session


def _at_exit() -> None:
    try:
        if _current is not None and _current.pid == os.getpid():
            uninstall("exit")
    except Exception:
        pass


def _before_fork() -> None:
    """Stop the watchdog: a thread beside a fork makes Python 3.12 warn, and its locks would be copied held."""
    global _held_for_fork
    session = _current
    try:
        if session is not None and session.watchdog is not None:
            session.stop_looking()
            _held_for_fork = session
    except Exception:
        if session is not None:
            session.note_error()


def _after_fork_in_parent() -> None:
    global _held_for_fork
    session, _held_for_fork = _held_for_fork, None
    try:
        if session is not None and session is _current:
            session.start_looking()
    except Exception:
        if session is not None:
            session.note_error()


def _after_fork_in_child() -> None:
    """The child is a process of its own: it gets a session of its own, which begins to look when a loop runs in it."""
    global _change, _current, _held_for_fork
    session, _current = _current, None
    _held_for_fork = None
    _change = threading.Lock()
    if session is None:
        return
    try:
        session.abandon()
        if session.options.connect is not None or session.options.listen != "off":
            listen = session.options.listen
            # The parent listens at that address.
            listen = listen if isinstance(listen, str) else "local"
            options = replace(session.options, record=None, report=False, foreseen=[], listen=listen)
            following = Session(options)
            following.install()
            _current = following
    except Exception:
        _current = None
