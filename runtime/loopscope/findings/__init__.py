"""What the runtime concludes from what it measured: one file per rule."""

from __future__ import annotations

# Every rule of the protocol; `--fail-on` takes these names.
RULES = (
    "blocking",
    "busy-poll",
    "iteration-overfull",
    "executor-saturated",
    "pool-per-call",
    "never-awaited",
    "never-retrieved",
    "task-dropped",
    "task-leak",
    "stuck",
    "lock-held-long",
    "deadlock",
    "queue-growth",
    "cancel-swallowed",
    "wrong-thread",
    "left-open",
    "still-running",
    "await-pin",
)
