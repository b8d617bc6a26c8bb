import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { HANDSHAKE_TIMEOUT_MS } from '../protocol';
import type { Connection } from './connection';
import { shakeHands, type HandshakeOptions, type Refusal } from './handshake';
import { createToken } from './token';

const LOOPBACK = '127.0.0.1';

/** Connections that have not introduced themselves. More at once is no program of ours, and is turned away. */
const MAX_STRANGERS = 64;

/** What a listener tells, and asks. */
export interface ListenerOptions {
  readonly wishes: HandshakeOptions['wishes'];
  readonly welcomed: (connection: Connection) => void;
  readonly refused: (refusal: Refusal) => void;
  /** How long a peer may take to introduce itself, in ms. */
  readonly handshakeTimeoutMs?: number;
}

/** Waits on a loopback port for runtimes to dial. Who does not know the token gets nothing. */
export class Listener {
  public readonly token = createToken();
  private readonly sockets = new Set<Socket>();
  private strangers = 0;

  private constructor(
    private readonly server: Server,
    private readonly options: ListenerOptions,
  ) {
    server.on('connection', (socket) => this.accept(socket));
  }

  /** @throws Error when no loopback port can be had. */
  public static start(options: ListenerOptions): Promise<Listener> {
    const server = createServer({ noDelay: true });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, LOOPBACK, () => {
        server.off('error', reject);
        resolve(new Listener(server, options));
      });
    });
  }

  /** What a runtime finds in `LOOPSCOPE_CONNECT`. */
  public get address(): string {
    return `tcp:${LOOPBACK}:${(this.server.address() as AddressInfo).port}`;
  }

  /** Stops listening and closes every connection; the programs run on. */
  public close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private accept(socket: Socket): void {
    if (this.strangers >= MAX_STRANGERS) {
      socket.destroy();
      this.options.refused({
        reason: `A connection was turned away because ${MAX_STRANGERS} others had not introduced themselves yet.`,
        session: null,
        trusted: false,
      });
      return;
    }
    this.strangers++;
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    const { wishes, welcomed, refused, handshakeTimeoutMs } = this.options;
    shakeHands(
      socket,
      { token: this.token, timeoutMs: handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS, wishes },
      (connection) => {
        this.strangers--;
        welcomed(connection);
      },
      (refusal) => {
        this.strangers--;
        refused(refusal);
      },
    );
  }
}
