import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import {
  FRAME_KIND_PACKED,
  ProtocolError,
  decodeFromRuntime,
  decodePacked,
  encodeMessage,
  type Bye,
  type Frame,
  type FromRuntime,
  type Held,
  type Hello,
  type Logged,
  type Notice,
  type PackedBatch,
  type Request,
  type Response,
  type Resumed,
  type Update,
} from '../protocol';
import { t } from '../protocol/language';

const REQUEST_TIMEOUT_MS = 5_000;

/** Requests the runtime has not answered yet. A viewer that reaches this is asking a process that no longer listens. */
const MAX_PENDING = 256;

interface PendingRequest {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout | undefined;
}

/**
 * What a connection tells. `frame` comes before the message that is in it, and is what a recording is made of; it does not
 * come for what a debugger is told, so that the values a person looked at are in no file.
 */
export interface ConnectionEvents {
  frame: [frame: Frame];
  update: [update: Update];
  notice: [notice: Notice];
  packed: [batch: PackedBatch];
  held: [held: Held];
  resumed: [resumed: Resumed];
  logged: [logged: Logged];
  bye: [bye: Bye];
  /** Last, and once. `reason` is a sentence when the connection was closed for what the runtime sent, else null. */
  closed: [reason: string | null];
}

/** A request without the fields that {@link Connection.request} fills in. */
export type Question = Omit<Request, 'type' | 'id'>;

/**
 * A runtime that has shown its token and was welcomed. Never throws into the socket: what is not as the protocol says
 * closes the connection, with the reason in `closed`.
 */
export class Connection extends EventEmitter<ConnectionEvents> {
  private readonly pending = new Map<number, PendingRequest>();
  private lastRequest = 0;
  private isClosed = false;

  /**
   * @param hello How the runtime introduced the process.
   * @param helloFrame The same as it came off the wire, with which a recording begins.
   */
  public constructor(
    private readonly socket: Socket,
    public readonly hello: Hello,
    public readonly helloFrame: Frame,
  ) {
    super();
    socket.once('close', () => this.finish(null));
  }

  /** Takes a frame that came in. */
  public receive(frame: Frame): void {
    if (this.isClosed) return;
    try {
      this.dispatch(frame);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.close(error.message);
    }
  }

  /**
   * Asks the runtime for something.
   * @param timeoutMs `Infinity` for what takes as long as it takes.
   * @throws Error with a sentence: what the runtime answered went wrong, no answer in `timeoutMs`, or the connection closed.
   */
  public request(question: Question, timeoutMs = REQUEST_TIMEOUT_MS): Promise<Response> {
    if (this.isClosed) return Promise.reject(new Error(t('The connection to the program is closed.')));
    if (!this.hello.commands.includes(question.command)) {
      const reason = t(
        'The program’s Loopscope runtime {0} does not know the request “{1}”.',
        this.hello.version,
        question.command,
      );
      return Promise.reject(new Error(reason));
    }
    if (this.pending.size >= MAX_PENDING) {
      return Promise.reject(new Error(t('The program has left {0} requests unanswered.', MAX_PENDING)));
    }
    const id = ++this.lastRequest;
    return new Promise((resolve, reject) => {
      const timer =
        timeoutMs === Infinity
          ? undefined
          : setTimeout(() => {
              this.pending.delete(id);
              reject(new Error(t('The program did not answer “{0}” in {1} s.', question.command, timeoutMs / 1000)));
            }, timeoutMs);
      this.pending.set(id, { resolve, reject, timer });
      this.socket.write(encodeMessage({ ...question, type: 'request', id }));
    });
  }

  /** Closes the connection; the program runs on. */
  public close(reason: string | null = null): void {
    this.socket.destroy();
    this.finish(reason);
  }

  private dispatch(frame: Frame): void {
    if (frame.kind === FRAME_KIND_PACKED) {
      const batch = decodePacked(frame.payload);
      this.emit('frame', frame);
      this.emit('packed', batch);
      return;
    }
    const message = decodeFromRuntime(frame.payload);
    if (!isForDebugger(message)) this.emit('frame', frame);
    switch (message.type) {
      case 'update':
        this.emit('update', message);
        break;
      case 'notice':
        this.emit('notice', message);
        break;
      case 'held':
        this.emit('held', message);
        break;
      case 'resumed':
        this.emit('resumed', message);
        break;
      case 'logged':
        this.emit('logged', message);
        break;
      case 'bye':
        this.emit('bye', message);
        break;
      case 'response':
        this.answer(message);
        break;
      case 'auth':
      case 'hello':
      case 'refuse':
        throw new ProtocolError(t('The runtime sent “{0}” after it had been welcomed.', message.type));
    }
  }

  private answer(response: Response): void {
    const request = this.pending.get(response.id);
    if (!request) return;
    this.pending.delete(response.id);
    clearTimeout(request.timer);
    if (response.error === null) request.resolve(response);
    else request.reject(new Error(response.error));
  }

  private finish(reason: string | null): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const { reject, timer } of this.pending.values()) {
      clearTimeout(timer);
      reject(new Error(t('The connection to the program closed before it answered.')));
    }
    this.pending.clear();
    this.emit('closed', reason);
  }
}

function isForDebugger(message: FromRuntime): boolean {
  if (message.type === 'response') return message.result !== undefined;
  return message.type === 'held' || message.type === 'resumed' || message.type === 'logged';
}
