"""Whether the machine had time for what a test ran: what programs do on a starved one is not all their own doing."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Optional

_PRESSURE = Path("/proc/pressure/cpu")
# Of the time, that some process waited for a processor while it could have run.
_STARVED_SHARE = 0.2
# A virtual processor may be taken away from the machine itself: as long as a hold must last, or for this share of the
# time. That is not among the pressure.
_STATISTICS = Path("/proc/stat")
_STOLEN_SECONDS = 0.1
_STOLEN_SHARE = 0.02


def _waited_seconds() -> Optional[float]:
    """Since the machine started; None where the system does not tell."""
    try:
        found = re.search(r"^some .*total=(\d+)", _PRESSURE.read_text(encoding="ascii"), re.MULTILINE)
    except OSError:
        return None
    return int(found.group(1)) / 1e6 if found else None


def _stolen_seconds() -> float:
    """Since the machine started, of all its processors together; 0 where the system does not tell."""
    try:
        ticks = _STATISTICS.read_text(encoding="ascii").split("\n", 1)[0].split()
        return int(ticks[8]) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0


class Machine:
    """The machine from now on. Where the system does not tell, it had time enough."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._waited = _waited_seconds()
        self._stolen = _stolen_seconds()

    def was_starved(self) -> bool:
        """Whether processes had to wait for a processor for a fifth of the time until now, or one was taken away."""
        lasted = time.monotonic() - self._since
        if _stolen_seconds() - self._stolen >= max(_STOLEN_SECONDS, _STOLEN_SHARE * lasted):
            return True
        waited = _waited_seconds()
        if waited is None or self._waited is None:
            return False
        return waited - self._waited >= _STARVED_SHARE * lasted
