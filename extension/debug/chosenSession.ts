import { DebugSession, Response } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';

/** Longer than a session itself waits for what it asks of its client, in ms. */
const ASKING_MS = 60_000;

/**
 * Speaks with a client for one of two sessions: which one is only known when `launch` or `attach` comes. What comes before
 * goes to both, and is answered by the one that launches.
 */
export class ChosenSession extends DebugSession {
  private chosen: DebugSession | null = null;
  /** The requests that came before the choice. */
  private readonly early = new Set<number>();

  public constructor(
    private readonly launching: DebugSession,
    private readonly attaching: DebugSession,
    log: (sentence: string) => void,
  ) {
    super();
    for (const session of [launching, attaching]) {
      session.onDidSendMessage((message) => this.pass(session, message as DebugProtocol.ProtocolMessage));
    }
    // What cannot be read is passed over; what a client sends after it may be better.
    this.removeAllListeners('error');
    this.on('error', ({ body }: DebugProtocol.Event) => log(String(body)));
  }

  public override dispose(): void {
    this.launching.dispose();
    this.attaching.dispose();
    super.dispose();
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    const { command, seq } = request;
    if (command === 'launch' || command === 'attach') {
      if (this.chosen !== null) {
        const format = 'This session has begun already; start the debug adapter anew for another program.';
        this.sendErrorResponse(new Response(request), { id: 1, format, showUser: true });
        return;
      }
      const [chosen, other] =
        command === 'launch' ? [this.launching, this.attaching] : [this.attaching, this.launching];
      this.chosen = chosen;
      other.dispose();
    } else if (this.chosen === null) {
      this.early.add(seq);
      this.attaching.handleMessage(request);
    }
    (this.chosen ?? this.launching).handleMessage(request);
  }

  /** Passes on what a session has for the client, if it is the one that speaks. */
  private pass(session: DebugSession, message: DebugProtocol.ProtocolMessage): void {
    const speaker = this.chosen ?? this.launching;
    if (message.type === 'response') {
      const response = message as DebugProtocol.Response;
      if (session !== (this.early.has(response.request_seq) ? this.launching : speaker)) return;
      this.sendResponse({ ...response, seq: 0 });
      if (response.command === 'disconnect') this.shutdown();
    } else if (session !== speaker) {
      return;
    } else if (message.type === 'event') {
      this.sendEvent({ ...(message as DebugProtocol.Event) });
    } else {
      const { command, seq, ...request } = message as DebugProtocol.Request & { readonly arguments?: object };
      this.sendRequest(command, request.arguments, ASKING_MS, (answer) => {
        const response: DebugProtocol.Response = { ...answer, request_seq: seq };
        session.handleMessage(response);
      });
    }
  }
}
