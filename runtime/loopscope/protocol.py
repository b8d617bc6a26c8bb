"""Names and limits of the protocol.

Generated from runtime/protocol/schema.json by `npm run generate`. Do not edit.
"""

from __future__ import annotations

from typing import Final

# Raised when a reader of the older version would misread the newer one.
PROTOCOL_VERSION: Final = 1

# A frame is: payload length in bytes (unsigned 32 bit, big-endian), one byte of frame kind, the payload.
FRAME_HEADER_BYTES: Final = 5

# The letter J. The payload is one message of this schema, UTF-8 JSON without newlines.
FRAME_KIND_JSON: Final = 74

# The letter P. The payload is a packed batch: header length in bytes (unsigned 32 bit, big-endian), the header (a
# `PackedHeader` as JSON, padded with spaces to a multiple of 8), then the columns one after another, little-endian,
# each padded to a multiple of 8 bytes.
FRAME_KIND_PACKED: Final = 80

# A longer payload is refused and the connection closed.
MAX_FRAME_BYTES: Final = 16777216

# The first frame on a connection may be no longer than this.
MAX_AUTH_BYTES: Final = 4096

# A connection that has not finished its handshake by then is closed.
HANDSHAKE_TIMEOUT_MS: Final = 5000

# The runtime sends an update at least this often while a viewer is connected; silence for four times as long means
# that the process is suspended or that C code holds the GIL.
HEARTBEAT_MS: Final = 250

# Outgoing bytes the runtime keeps for a slow viewer; beyond it updates are dropped and counted.
MAX_QUEUED_BYTES: Final = 4194304

# Distinct blocking places kept; beyond it new places are dropped and counted.
MAX_BLOCKS: Final = 1000

# Distinct source places kept; beyond it a place is reported as unknown and counted.
MAX_SITES: Final = 20000

# Lines that a viewer may ask to be told of when they are executed; more are refused.
MAX_WATCHED_LINES: Final = 10000

# Buckets of a histogram of steps. Bucket i counts durations below 2^i µs that no bucket before it counts; the last
# counts all that are longer, too.
STEP_BUCKETS: Final = 24

# Steps the runtime keeps for a viewer or a recording that wants each one; beyond it the oldest are dropped and
# counted.
MAX_QUEUED_STEPS: Final = 200000

# Tasks that a finding names; beyond it the latest are kept.
MAX_FINDING_TASKS: Final = 50

# A callback that holds the loop longer than this is a block.
DEFAULT_THRESHOLD_MS: Final = 100

# Environment: `tcp:HOST:PORT` of a viewer to dial.
ENVIRONMENT_CONNECT: Final = "LOOPSCOPE_CONNECT"

# Environment: the viewer's token, sent in `auth`.
ENVIRONMENT_TOKEN: Final = "LOOPSCOPE_TOKEN"

# Environment: an opaque name of the launch, echoed in `hello.session`, by which the viewer ties a process to what
# started it.
ENVIRONMENT_SESSION: Final = "LOOPSCOPE_SESSION"

# Environment: `watch` or `trace`.
ENVIRONMENT_LEVEL: Final = "LOOPSCOPE_LEVEL"

# Environment: the block threshold in milliseconds.
ENVIRONMENT_THRESHOLD_MS: Final = "LOOPSCOPE_THRESHOLD_MS"

# Environment: `debugger` lets a process's first loop wait for the first `set-stops`, at most 3 s, so that breakpoints
# are set before it runs.
ENVIRONMENT_WAIT: Final = "LOOPSCOPE_WAIT"

# Environment: `local` lets the runtime in without a viewer to dial, so that one can attach later; `tcp:HOST:PORT`
# does too, and listens there as well, for whoever shows LOOPSCOPE_TOKEN; `off` lets nobody attach.
ENVIRONMENT_LISTEN: Final = "LOOPSCOPE_LISTEN"

# Environment: the folder of discovery files; otherwise `loopscope` in $XDG_RUNTIME_DIR, or `loopscope-UID` in the
# folder for temporary files.
ENVIRONMENT_DISCOVERY: Final = "LOOPSCOPE_DISCOVERY"

# How closely the runtime looks: `watch` samples from a thread, `trace` sees every step.
LEVELS: Final = (
    "watch",
    "trace",
)

# Why the loop was held: `sleep` (time.sleep and kin), `io` (a socket, file or child process), `lock` (another thread:
# a lock, event, join, queue or result), `cpu` (Python code), `native` (C code), `gc` (a garbage collection), `gil`
# (other threads held it), `machine` (no processor time to be had), `suspended` (the process was stopped), `debugger`
# (a debugger held it). Only the first five are the line's fault.
CAUSES: Final = (
    "sleep",
    "io",
    "lock",
    "cpu",
    "native",
    "gc",
    "gil",
    "machine",
    "suspended",
    "debugger",
)

# What kind of thing a task waits on.
WAIT_KINDS: Final = (
    "sleep",
    "timer",
    "task",
    "gather",
    "future",
    "lock",
    "semaphore",
    "condition",
    "event",
    "barrier",
    "queue-get",
    "queue-put",
    "stream-read",
    "stream-drain",
    "socket",
    "connect",
    "dns",
    "subprocess",
    "job",
    "generator",
    "unknown",
)

# `ready`: can run and waits for its turn. `cancelling`: cancel() was called and it has not ended. The last three are
# ends.
TASK_STATES: Final = (
    "running",
    "ready",
    "waiting",
    "cancelling",
    "finished",
    "cancelled",
    "failed",
)

# `idle`: in select. `running`: in a callback. `blocked`: in one callback for longer than the threshold. `held`: a
# debugger holds it between two callbacks. `stopped`: exists and is not running.
LOOP_STATES: Final = (
    "idle",
    "running",
    "blocked",
    "held",
    "stopped",
    "closed",
)
