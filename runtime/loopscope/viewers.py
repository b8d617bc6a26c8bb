"""The viewers of one installation: the one that it dials, and those that come by themselves."""

from __future__ import annotations

import _thread
import socket
from typing import TYPE_CHECKING

from .door import Door
from .endpoint import Endpoint
from .tables import Record
from .wire import Decoder

if TYPE_CHECKING:
    from .session import Session


class Viewers:
    """Lets viewers in, and puts the process back as it was when the last one has left.

    Runs in the watchdog's thread unless it says otherwise.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._door = Door(session, self._welcomed)
        self._is_open = False

    def open(self) -> None:
        """Dial the viewer that the options name, and let others come; a second call does nothing. Any thread."""
        if self._is_open:
            return
        self._is_open = True
        options = self._session.options
        if options.connect is not None:
            self.dial(options.connect, options.token)
        if options.listen != "off":
            try:
                self._door.open()
            except OSError:
                # Nobody can attach; there is nothing else that it changes.
                pass

    def dial(self, address: tuple[str, int], token: str) -> None:
        """Dial a viewer. Any thread."""
        self._session.sinks.add(Endpoint.dial(self._session, address, token))

    def tick(self, now_ns: int) -> bool:
        """See who calls; True while somebody is being talked to who is no viewer yet."""
        return self._door.tick(now_ns)

    def left(self, endpoint: Endpoint) -> None:
        """A viewer has gone. Any thread."""
        session = self._session
        if any(isinstance(sink, Endpoint) and sink is not endpoint for sink in session.sinks):
            return
        session.threshold_ns = session.options.threshold_ns
        if session.options.leaves_with_viewer:
            # Whoever uninstalls waits for the watchdog, and this may be it.
            _thread.start_new_thread(_uninstall, (session,))

    def close(self) -> None:
        """Let nobody in any more, and leave no file or socket behind. Any thread."""
        self._door.close()

    def abandon(self) -> None:
        """Let go of what belongs to the parent process. Runs in a forked child."""
        self._door.abandon()

    def _welcomed(self, accepted: socket.socket, welcome: Record, following: list[Record], decoder: Decoder) -> None:
        self._session.sinks.add(Endpoint.of_caller(self._session, accepted, welcome, following, decoder))


def _uninstall(session: Session) -> None:
    try:
        from . import installation

        installation.uninstall("uninstall", session)
    except Exception:
        session.note_error()
