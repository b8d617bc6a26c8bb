"""Where a viewer that comes later knocks: an owner-only socket that asks for a token.

Looked at by the watchdog a few times a second. Who has not shown the token is told nothing and costs the program
nothing but a small buffer; who has shown it is told what the process is, and becomes a sink with its `welcome`.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Optional

from . import discovery, protocol
from .tables import Record
from .wire import BadFrame, Decoder, encode

if TYPE_CHECKING:
    from .session import Session

_LOOK_EVERY_NS = 200_000_000
_MAX_CALLERS = 8
_READ_BYTES = 65536
# A path of a socket can hardly be longer, the final zero included.
_MAX_SOCKET_PATH = 104
_TOKEN_BYTES = 32

OnWelcome = Callable[[socket.socket, Record, list[Record], Decoder], None]


class _Caller:
    """Somebody who has connected and is not a viewer yet."""

    def __init__(self, accepted: socket.socket, deadline_ns: int) -> None:
        self.socket = accepted
        self.deadline_ns = deadline_ns
        self.decoder = Decoder(protocol.MAX_AUTH_BYTES)
        self.is_known = False


class Door:
    """The sockets of one process on which viewers may call. Runs in the watchdog's thread unless it says otherwise.

    `on_welcome(socket, welcome, following, decoder)` takes over a caller that has become a viewer, with the messages
    that came right behind its `welcome`.
    """

    def __init__(self, session: Session, on_welcome: OnWelcome) -> None:
        self.token = os.urandom(_TOKEN_BYTES).hex()
        self._session = session
        self._on_welcome = on_welcome
        self._tokens = [self.token]
        self._sockets: list[socket.socket] = []
        self._callers: list[_Caller] = []
        self._file: Optional[str] = None
        self._next_ns = 0

    def open(self) -> None:
        """Begin to listen, and let it be known. Any thread. Raises OSError when neither can be had."""
        options = self._session.options
        listen = options.listen
        if isinstance(listen, tuple) and options.token:
            try:
                self._add(socket.AF_INET6 if ":" in listen[0] else socket.AF_INET, listen)
                self._tokens.append(options.token)
            except OSError:
                # Children that inherit the address find it taken, and can still be attached to from this machine.
                pass
        folder = discovery.made_folder()
        # Takes away what those left that were killed.
        discovery.entries()
        pid = os.getpid()
        self._file = os.path.join(folder, f"{pid}.json")
        discovery.remove(self._file)
        try:
            address = self._listen_locally(os.path.join(folder, f"{pid}.sock"))
            discovery.write(self._entry(pid, address), self._file)
        except OSError:
            self.close()
            raise

    def tick(self, now_ns: int) -> bool:
        """See who calls, at most a few times a second; True while somebody is being talked to."""
        if now_ns >= self._next_ns or self._callers:
            self._next_ns = now_ns + _LOOK_EVERY_NS
            for listening in self._sockets:
                self._accept(listening, now_ns)
            for caller in list(self._callers):
                try:
                    done = now_ns > caller.deadline_ns or self._listen_to(caller)
                except (OSError, BadFrame):
                    done = True
                if done:
                    self._callers.remove(caller)
                    caller.socket.close()
        return bool(self._callers)

    def close(self) -> None:
        """Stop listening, and leave nothing behind. Any thread."""
        self._let_go()
        if self._file is not None:
            discovery.remove(self._file)
            self._file = None

    def abandon(self) -> None:
        """Let go of the sockets: they, and the file, belong to the parent of this forked process."""
        self._file = None
        self._let_go()

    def _let_go(self) -> None:
        for opened in [*self._sockets, *(caller.socket for caller in self._callers)]:
            try:
                opened.close()
            except OSError:
                pass
        self._sockets.clear()
        self._callers.clear()

    def _listen_locally(self, path: str) -> str:
        unix = getattr(socket, "AF_UNIX", None)
        if unix is None or len(os.fsencode(path)) >= _MAX_SOCKET_PATH:
            return f"tcp:127.0.0.1:{self._add(socket.AF_INET, ('127.0.0.1', 0)).getsockname()[1]}"
        # The folder lets nobody else in, also in the moment before the mode is set.
        self._add(unix, path)
        os.chmod(path, 0o600)
        return f"unix:{path}"

    def _add(self, family: int, address: Any) -> socket.socket:
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setblocking(False)
            if family != getattr(socket, "AF_UNIX", None) and os.name == "posix":
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(_MAX_CALLERS)
        except OSError:
            listening.close()
            raise
        self._sockets.append(listening)
        return listening

    def _entry(self, pid: int, address: str) -> discovery.Entry:
        process = self._session.hello["process"]
        started = discovery.started_of(pid)
        return {
            "format": discovery.FORMAT,
            "protocol": protocol.PROTOCOL_VERSION,
            "pid": pid,
            "parent_pid": process["parent_pid"],
            "started": started,
            "started_wall_ms": discovery.started_wall_ms(started),
            "python": process["python"],
            "argv": process["argv"],
            "cwd": process["cwd"],
            "version": self._session.hello["version"],
            "address": address,
            "token": self.token,
        }

    def _accept(self, listening: socket.socket, now_ns: int) -> None:
        while len(self._callers) < _MAX_CALLERS:
            try:
                accepted, _ = listening.accept()
            except OSError:
                return
            accepted.setblocking(False)
            self._callers.append(_Caller(accepted, now_ns + protocol.HANDSHAKE_TIMEOUT_MS * 1_000_000))

    def _listen_to(self, caller: _Caller) -> bool:
        """Take what a caller says; True when nothing more is to be done with it here."""
        try:
            data = caller.socket.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return False
        if not data:
            return True
        messages = caller.decoder.feed(data)
        while messages:
            message = messages.pop(0)
            if not caller.is_known:
                problem = self._check(message)
                if problem is not None:
                    caller.socket.send(encode({"type": "refuse", "reason": problem}))
                    return True
                caller.is_known = True
                caller.decoder.max_bytes = protocol.MAX_FRAME_BYTES
                alive = self._session.tasks.counts()["alive"]
                caller.socket.send(encode({**self._session.hello, "tasks_alive": alive}))
            elif message["type"] == "welcome" and message.get("protocol") == protocol.PROTOCOL_VERSION:
                self._callers.remove(caller)
                self._on_welcome(caller.socket, message, messages, caller.decoder)
                return False
            else:
                return True
        return False

    def _check(self, message: Record) -> Optional[str]:
        """Why a caller is refused; None for one that has shown the token."""
        # Loads much, and most programs are never attached to.
        import hmac

        token = message.get("token")
        known = isinstance(token, str) and any(
            # Every one is compared, so that the time says nothing.
            [hmac.compare_digest(token.encode("utf-8", "replace"), each.encode()) for each in self._tokens]
        )
        if message["type"] != "auth" or not known:
            return "The token is wrong: take the one of this process's discovery file, or of its LOOPSCOPE_TOKEN."
        if message.get("role") != "viewer":
            return "Only a viewer may attach to a program."
        theirs = message.get("protocol")
        if theirs != protocol.PROTOCOL_VERSION:
            return f"This runtime speaks protocol {protocol.PROTOCOL_VERSION}, the viewer {theirs!r}: update the older."
        return None
