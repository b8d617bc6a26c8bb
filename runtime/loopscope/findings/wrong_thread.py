"""Rule `wrong-thread`: something was put into a loop from another thread without waking the loop.

A loop that sleeps is only woken by `call_soon_threadsafe`. What `call_soon`, `create_task` or `Future.set_result` put
into it from elsewhere lies there until something else happens to wake it.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from .verdict import OK, Evidence, Verdict, warn

RULE = "wrong-thread"
SEVERITY = "error"


class Unwoken(NamedTuple):
    """A callback that lay in the ready queue of a loop."""

    callback: str
    loop_slept: bool
    """The loop slept, although it had been asked to run the callback, and nobody had woken it."""
    thread: Optional[str]
    """The thread that was seen to do so; None while it has not been caught in the act."""


def check(unwoken: Unwoken) -> Verdict:
    """Warns of every callback beside which the loop slept."""
    if not unwoken.loop_slept:
        return OK
    return warn(callback=unwoken.callback, thread=unwoken.thread)


def format(evidence: Evidence) -> str:
    """The sentence for one callback."""
    who = f"The thread {evidence['thread']} puts it there at this line" if evidence["thread"] else "It was put there"
    return (
        f"{evidence['callback']} lay in the ready queue of the event loop while the loop slept. {who} from outside the "
        "loop without waking it: use loop.call_soon_threadsafe or asyncio.run_coroutine_threadsafe."
    )


def summary(count: int) -> str:
    """The fragment for a count."""
    return f"{count} callbacks lay there so"
