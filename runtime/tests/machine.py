"""Whether the machine had time for what a test ran: what programs do on a starved one is not all their own doing."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Optional

_PRESSURE = Path("/proc/pressure/cpu")
# Of the time, that some process waited for a processor while it could have run.
_STARVED_SHARE = 0.2


def _waited_seconds() -> Optional[float]:
    """Since the machine started; None where the system does not tell."""
    try:
        found = re.search(r"^some .*total=(\d+)", _PRESSURE.read_text(encoding="ascii"), re.MULTILINE)
    except OSError:
        return None
    return int(found.group(1)) / 1e6 if found else None


class Machine:
    """The machine from now on. Where the system does not tell, it had time enough."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._waited = _waited_seconds()

    def was_starved(self) -> bool:
        """Whether processes had to wait for a processor for a fifth of the time until now, or longer."""
        waited = _waited_seconds()
        if waited is None or self._waited is None:
            return False
        return waited - self._waited >= _STARVED_SHARE * (time.monotonic() - self._since)
