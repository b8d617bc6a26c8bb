"""The connection to a viewer, whoever of the two dialled.

Lives in the watchdog's thread and never blocks it: the socket is non-blocking, what the viewer has not taken waits in a
bounded queue, and while that is half full no update is made.
"""

from __future__ import annotations

import errno
import socket
from collections import deque
from typing import TYPE_CHECKING, Any, Optional

from . import protocol
from .clock import monotonic_ns
from .executed import BadLines
from .process import DEBUGGER_COMMANDS
from .stream import UpdateStream, bye, response
from .tables import Record
from .trace import looks as trace_looks
from .trace.looks import Look
from .wire import BadFrame, Decoder, encode

if TYPE_CHECKING:
    from .session import Session

_HALF = protocol.MAX_QUEUED_BYTES // 2
_READ_BYTES = 65536
_READS_AT_A_LOOK = 16
_FRAMES_AT_A_LOOK = 20
_DEFAULT_INTERVAL_MS = 100
_MAX_EARLY_NOTICES = 100
_MAX_LOGGED = 1_000
_FAREWELL_NS = 500_000_000
_IN_PROGRESS = (errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK, getattr(errno, "WSAEINVAL", errno.EALREADY))


class Endpoint:
    """One connection to one viewer. Ends for good when the viewer goes; the program runs on.

    Made by `dial`, or by `of_caller` for a viewer that came by itself.
    """

    def __init__(self, session: Session) -> None:
        self.frames_dropped = 0
        self.refusal: Optional[str] = None
        self._session = session
        self._token = ""
        self._stream = UpdateStream(session)
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._early_notices: list[Record] = []
        self._decoder = Decoder()
        self._state = "connecting"
        self._interval_ns = _DEFAULT_INTERVAL_MS * 1_000_000
        self._next_ns = 0
        self._deadline_ns = monotonic_ns() + protocol.HANDSHAKE_TIMEOUT_MS * 1_000_000
        self._from_controller: deque[Record] = deque()
        self._socket: Optional[socket.socket] = None
        self._address: Any = None
        self._controls = False

    @classmethod
    def dial(cls, session: Session, address: tuple[str, int], token: str) -> Endpoint:
        """Begin to dial a viewer. Any thread."""
        endpoint = cls(session)
        endpoint._token = token
        endpoint._dial(address)
        return endpoint

    @classmethod
    def of_caller(
        cls, session: Session, accepted: socket.socket, welcome: Record, following: list[Record], decoder: Decoder
    ) -> Endpoint:
        """Go on with a viewer that dialled, has shown the token and has just said `welcome`.

        `following` came right behind, and `decoder` has what comes next.
        """
        endpoint = cls(session)
        endpoint._socket = accepted
        endpoint._decoder = decoder
        endpoint._state = "greeting"
        try:
            for message in (welcome, *following):
                endpoint._understand(message)
        except BadFrame:
            endpoint._end()
        return endpoint

    @property
    def wants_tasks(self) -> bool:
        """Whether a viewer is there to see tasks."""
        return self._state == "streaming"

    @property
    def told_version(self) -> int:
        """See Sink."""
        return self._stream.told_version if self._state == "streaming" else self._session.tables.versions.current

    def tick(self, now_ns: int, urgent: bool) -> bool:
        """See Sink."""
        try:
            self._connect()
            self._receive()
            if self._state != "streaming":
                if now_ns > self._deadline_ns:
                    self._end()
            else:
                self._pass_on()
                self._tell(now_ns, urgent)
            self._send()
        except (OSError, BadFrame):
            self._end()
        return self._state != "ended"

    def add_lag(self, point: Record) -> None:
        """See Sink."""
        if self._state == "streaming":
            self._stream.add_lag(point)

    @property
    def look(self) -> Look:
        """See Sink."""
        return self._stream.look

    def add_packed(self, frame: bytes) -> bool:
        """See Sink."""
        if self._state != "streaming":
            return True
        if self._queued + len(frame) > _HALF:
            return False
        self._queue.append(frame)
        self._queued += len(frame)
        return True

    def notice(self, message: Record) -> None:
        """See Sink."""
        if self._state == "streaming":
            self.respond(message)
        elif self._state != "ended" and len(self._early_notices) < _MAX_EARLY_NOTICES:
            self._early_notices.append(message)

    def respond(self, message: Record) -> None:
        """Answer a request."""
        if self._state == "streaming" and self._queued < protocol.MAX_QUEUED_BYTES:
            self._put(message)

    def close(self, reason: str) -> None:
        """Say the last and goodbye, waiting half a second for the viewer to take it."""
        deadline = monotonic_ns() + _FAREWELL_NS
        try:
            while self._state == "connecting" and monotonic_ns() < deadline:
                self._connect()
            while self._state == "greeting" and monotonic_ns() < deadline:
                # A program that ends at once is still shown if the viewer answers in time.
                self._wait(0.02)
                self._send()
                self._receive()
            if self._state == "streaming":
                self._pass_on()
                more = True
                while more and monotonic_ns() < deadline:
                    if self._queued > _HALF:
                        self._wait_and_send(deadline)
                        continue
                    update, more = self._stream.next_update()
                    self._put(update)
                self._put(bye(reason, self._session.tables.time_ns))
                self._wait_and_send(deadline)
        except (OSError, BadFrame):
            pass
        self._leave()

    def abandon(self) -> None:
        """See Sink."""
        controller, self._session.controller = self._session.controller, None
        if controller is not None:
            controller.after_fork()
        self._leave()

    def _dial(self, address: tuple[str, int]) -> None:
        try:
            family, kind, number, _, resolved = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0]
            self._socket = socket.socket(family, kind, number)
            self._socket.setblocking(False)
            self._address = resolved
        except OSError:
            self._end()

    def _connect(self) -> None:
        if self._state != "connecting" or self._socket is None:
            return
        result = self._socket.connect_ex(self._address)
        if result in (0, errno.EISCONN):
            self._state = "greeting"
            self._put(
                {
                    "type": "auth",
                    "protocol": protocol.PROTOCOL_VERSION,
                    "token": self._token,
                    "role": "runtime",
                }
            )
            self._put(self._session.hello)
        elif result not in _IN_PROGRESS:
            raise OSError(result, "cannot connect")

    def _receive(self) -> None:
        if self._state in ("connecting", "ended") or self._socket is None:
            return
        for _ in range(_READS_AT_A_LOOK):
            try:
                data = self._socket.recv(_READ_BYTES)
            except (BlockingIOError, InterruptedError):
                return
            finally:
                self._session.glance()
            if not data:
                self._end()
                return
            for message in self._decoder.feed(data):
                self._understand(message)
                if self._state == "ended":
                    return

    def _understand(self, message: Record) -> None:
        kind = message["type"]
        if self._state == "greeting":
            if kind == "welcome" and message.get("protocol") == protocol.PROTOCOL_VERSION:
                interval = message.get("interval_ms")
                if isinstance(interval, int):
                    self._interval_ns = max(20, interval) * 1_000_000
                self._set_threshold(message.get("threshold_ms"))
                self._state = "streaming"
                for notice in self._early_notices:
                    self._put(notice)
                self._early_notices.clear()
                self._session.viewer_came()
            else:
                reason = message.get("reason")
                self.refusal = reason if isinstance(reason, str) else "The viewer did not welcome this process."
                self._end()
        elif kind == "request":
            self._answer(message)
        elif kind == "refuse":
            self._end()

    def _answer(self, request: Record) -> None:
        identifier = request.get("id")
        if not isinstance(identifier, int):
            raise BadFrame("A request without an id was received.")
        command = request.get("command")
        if command == "snapshot":
            self._stream.begin_snapshot()
            self._next_ns = 0
            self.respond(response(identifier, None))
        elif command == "set-threshold":
            if self._set_threshold(request.get("threshold_ms")):
                self.respond(response(identifier, None))
            else:
                self.respond(response(identifier, "The threshold must be a number of milliseconds above zero."))
        elif command == "await-stack":
            task = request.get("task")
            if isinstance(task, int):
                self._session.await_stacks.ask(task, identifier, self)
            else:
                self.respond(response(identifier, "The request names no task."))
        elif command == "watch-lines":
            self._watch_lines(identifier, request.get("files"))
        elif command in trace_looks.COMMANDS:
            self.respond(response(identifier, self.look.ask(request)))
        elif command in DEBUGGER_COMMANDS:
            self._control(identifier, str(command), request.get("arguments"))
        else:
            self.respond(response(identifier, f"The command {str(command)[:50]!r} is unknown to this runtime."))

    def _watch_lines(self, identifier: int, files: Any) -> None:
        problem = None
        try:
            self._session.executed.ask(self.look, files)
        except BadLines as bad:
            problem = str(bad)
        self.respond(response(identifier, problem))

    def _control(self, identifier: int, command: str, arguments: Any) -> None:
        """Carry out a debugger's command. The answer may come much later, from a loop's thread."""
        controller = self._session.controller
        if controller is not None and not self._controls:
            self.respond(response(identifier, "Another debugger holds and steps this process's loops; end it first."))
            return
        if controller is None:
            self._controls = True
            from .control.controller import Controller
            from .control.directory import SessionDirectory

            controller = Controller(SessionDirectory(self._session), self._take_from_controller)
            self._session.controller = controller

        def answer(result: Record) -> None:
            message = response(identifier, result.pop("error"))
            if message["error"] is None:
                message["result"] = result
            self._take_from_controller(message)

        controller.handle(command, arguments if isinstance(arguments, dict) else {}, answer)
        if command == "set-stops":
            self._session.debugger_is_ready()

    def _take_from_controller(self, message: Record) -> None:
        """Queue what the debugger answers or tells. Any thread; never waits."""
        if message["type"] == "logged" and len(self._from_controller) >= _MAX_LOGGED:
            self.frames_dropped += 1
            return
        self._from_controller.append(message)
        watchdog = self._session.watchdog
        if watchdog is not None:
            watchdog.wake()

    def _pass_on(self) -> None:
        while self._from_controller and self._queued < protocol.MAX_QUEUED_BYTES:
            self._put(self._from_controller.popleft())

    def _set_threshold(self, value: Any) -> bool:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 1 <= value <= 3_600_000:
            self._session.threshold_ns = int(value * 1e6)
            return True
        return False

    def _tell(self, now_ns: int, urgent: bool) -> None:
        if now_ns < self._next_ns and not urgent:
            return
        self._next_ns = now_ns + min(self._interval_ns, protocol.HEARTBEAT_MS * 1_000_000)
        if self._queued > _HALF:
            self.frames_dropped += 1
            return
        self._session.refresh()
        for _ in range(_FRAMES_AT_A_LOOK):
            update, more = self._stream.next_update()
            self._put(update)
            if not more:
                break
            if self._queued > _HALF:
                self._next_ns = 0
                break
        else:
            self._next_ns = 0

    def _put(self, message: Record) -> None:
        data = encode(message)
        if len(data) > protocol.MAX_FRAME_BYTES:
            self.frames_dropped += 1
            return
        self._queue.append(data)
        self._queued += len(data)

    def _send(self) -> None:
        while self._queue and self._socket is not None and self._state != "connecting":
            data = self._queue[0]
            self._session.glance()
            try:
                sent = self._socket.send(data)
            except (BlockingIOError, InterruptedError):
                return
            finally:
                self._session.glance()
            self._queued -= sent
            if sent < len(data):
                self._queue[0] = data[sent:]
                return
            self._queue.popleft()

    def _wait(self, seconds: float) -> None:
        """Wait until the socket can be read, with what waits to be sent sent first."""
        self._send()
        if self._socket is not None:
            self._socket.settimeout(seconds)
            try:
                self._socket.recv(1, socket.MSG_PEEK)
            except (socket.timeout, BlockingIOError):
                pass
            finally:
                if self._socket is not None:
                    self._socket.setblocking(False)

    def _wait_and_send(self, deadline_ns: int) -> None:
        while self._queue and self._socket is not None:
            left = (deadline_ns - monotonic_ns()) / 1e9
            if left <= 0:
                return
            self._socket.settimeout(left)
            data = self._queue.popleft()
            self._queued -= len(data)
            self._socket.sendall(data)

    def _end(self) -> None:
        """The viewer is gone, or is no good: the program is to be as it was before it came."""
        if self._state == "ended":
            return
        self._leave()
        self._session.viewers.left(self)

    def _leave(self) -> None:
        self._state = "ended"
        self._queue.clear()
        self._queued = 0
        self._session.debugger_is_ready()
        if self._controls:
            controller, self._session.controller = self._session.controller, None
            if controller is not None:
                controller.release()
            self._controls = False
            self._from_controller.clear()
        if self._socket is not None:
            try:
                self._socket.close()
            except OSError:
                pass
            self._socket = None
