"""The first thing that runs in a program that a viewer has entered."""

from __future__ import annotations

import sys
from typing import Any

from ..options import Options


class CannotBegin(Exception):
    """The runtime cannot work in this program; the text is one sentence."""


def begin(settings: dict[str, Any]) -> None:
    """Install the runtime, until the viewer leaves; where it is in already, have it dial the viewer.

    Runs in the program's main thread, between two of its instructions. Raises CannotBegin.
    """
    if "asyncio" not in sys.modules:
        # The runtime would import it, and change the program.
        raise CannotBegin("it has not imported asyncio, so there is no event loop to look into")
    from .. import installation

    host, port = settings["host"], settings["port"]
    current = installation.current()
    if current is not None:
        current.viewers.dial((host, port), settings["token"])
        current.start_looking()
        return
    options = Options(
        connect=(host, port),
        token=settings["token"],
        session=settings["session"],
        level=settings["level"],
        threshold_ms=settings["threshold_ms"],
        leaves_with_viewer=True,
    )
    installation.install(options)
