// Generated from runtime/protocol/schema.json by `npm run generate`. Do not edit.

/** Raised when a reader of the older version would misread the newer one. */
export const PROTOCOL_VERSION = 1;
/** A frame is: payload length in bytes (unsigned 32 bit, big-endian), one byte of frame kind, the payload. */
export const FRAME_HEADER_BYTES = 5;
/** The letter J. The payload is one message of this schema, UTF-8 JSON without newlines. */
export const FRAME_KIND_JSON = 74;
/** The letter P. The payload is a packed batch: header length in bytes (unsigned 32 bit, big-endian), the header (a `PackedHeader` as JSON, padded with spaces to a multiple of 8), then the columns one after another, little-endian, each padded to a multiple of 8 bytes. */
export const FRAME_KIND_PACKED = 80;
/** A longer payload is refused and the connection closed. */
export const MAX_FRAME_BYTES = 16777216;
/** The first frame on a connection may be no longer than this. */
export const MAX_AUTH_BYTES = 4096;
/** A connection that has not finished its handshake by then is closed. */
export const HANDSHAKE_TIMEOUT_MS = 5000;
/** The runtime sends an update at least this often while a viewer is connected; silence for four times as long means that the process is suspended or that C code holds the GIL. */
export const HEARTBEAT_MS = 250;
/** Outgoing bytes the runtime keeps for a slow viewer; beyond it updates are dropped and counted. */
export const MAX_QUEUED_BYTES = 4194304;
/** Distinct blocking places kept; beyond it new places are dropped and counted. */
export const MAX_BLOCKS = 1000;
/** Distinct source places kept; beyond it a place is reported as unknown and counted. */
export const MAX_SITES = 20000;
/** Lines that a viewer may ask to be told of when they are executed; more are refused. */
export const MAX_WATCHED_LINES = 10000;
/** Buckets of a histogram of steps. Bucket i counts durations below 2^i µs that no bucket before it counts; the last counts all that are longer, too. */
export const STEP_BUCKETS = 24;
/** Steps the runtime keeps for a viewer or a recording that wants each one; beyond it the oldest are dropped and counted. */
export const MAX_QUEUED_STEPS = 200000;
/** Tasks that a finding names; beyond it the latest are kept. */
export const MAX_FINDING_TASKS = 50;
/** A callback that holds the loop longer than this is a block. */
export const DEFAULT_THRESHOLD_MS = 100;
/** Environment: `tcp:HOST:PORT` of a viewer to dial. */
export const ENVIRONMENT_CONNECT = 'LOOPSCOPE_CONNECT';
/** Environment: the viewer's token, sent in `auth`. */
export const ENVIRONMENT_TOKEN = 'LOOPSCOPE_TOKEN';
/** Environment: an opaque name of the launch, echoed in `hello.session`, by which the viewer ties a process to what started it. */
export const ENVIRONMENT_SESSION = 'LOOPSCOPE_SESSION';
/** Environment: `watch` or `trace`. */
export const ENVIRONMENT_LEVEL = 'LOOPSCOPE_LEVEL';
/** Environment: the block threshold in milliseconds. */
export const ENVIRONMENT_THRESHOLD_MS = 'LOOPSCOPE_THRESHOLD_MS';
/** Environment: `debugger` lets a process's first loop wait for the first `set-stops`, at most 3 s, so that breakpoints are set before it runs. */
export const ENVIRONMENT_WAIT = 'LOOPSCOPE_WAIT';
/** Environment: `local` lets the runtime in without a viewer to dial, so that one can attach later; `tcp:HOST:PORT` does too, and listens there as well, for whoever shows LOOPSCOPE_TOKEN; `off` lets nobody attach. */
export const ENVIRONMENT_LISTEN = 'LOOPSCOPE_LISTEN';
/** Environment: the folder of discovery files; otherwise `loopscope` in $XDG_RUNTIME_DIR, or `loopscope-UID` in the folder for temporary files. */
export const ENVIRONMENT_DISCOVERY = 'LOOPSCOPE_DISCOVERY';
