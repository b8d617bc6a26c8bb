"""What the runtime hooks into: one file per thing hooked, each able to take itself out again."""

from __future__ import annotations

from typing import Any, Protocol


class Hook(Protocol):
    """Something put into the inspected process that can be taken out without a trace."""

    def install(self) -> None:
        """Put it in."""

    def remove(self) -> None:
        """Take it out, unless somebody has since replaced what it put in: then it lies still."""


def restore(owner: Any, name: str, ours: object, original: object) -> bool:
    """Put `original` back as `owner.name` if `ours` is still there; say whether it was."""
    if getattr(owner, name, None) is not ours and vars(owner).get(name) is not ours:
        return False
    setattr(owner, name, original)
    return True
