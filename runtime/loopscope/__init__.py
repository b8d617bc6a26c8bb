"""Loopscope's runtime: watches the asyncio event loops of the process it is installed in.

Uses only the standard library. `install()` and `uninstall()` may be called at any time, in any thread.
"""

from __future__ import annotations

from typing import Optional

__all__ = ["install", "uninstall"]


def install(
    *,
    level: Optional[str] = None,
    threshold_ms: Optional[float] = None,
    record: Optional[str] = None,
) -> None:
    """Begin to watch this process. What is not given is taken from the `LOOPSCOPE_*` environment variables.

    `level` is `watch` or `trace`, `threshold_ms` the time in milliseconds after which a callback that still runs is a
    block, `record` the file to write a recording to. A second call while installed changes nothing. Raises ValueError
    with one sentence when an argument cannot be used, OSError when the recording cannot be written.
    """
    from . import installation, options

    chosen = options.from_environment()
    if level is not None:
        chosen.level = options.check_level(level)
    if threshold_ms is not None:
        chosen.threshold_ms = options.check_threshold(str(threshold_ms))
    chosen.record = record
    installation.install(chosen)


def uninstall() -> None:
    """Stop watching, and leave no hook, thread, socket or open file behind. Does nothing when not installed."""
    from . import installation

    installation.uninstall("uninstall")
