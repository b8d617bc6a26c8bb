import { DebugSession, InitializedEvent } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { LOOP_CAPABILITIES, LoopDebugger } from './loopDebugger';

/** Number of an error that is told to the person, with its sentence as it is. */
const ERROR_ID = 10;

/**
 * A debug session whose threads are loops and tasks. What starts or finds the processes is left to a subclass, which hands
 * them to {@link LoopDebugSession.loopDebugger}.
 */
export class LoopDebugSession extends DebugSession {
  protected readonly loopDebugger: LoopDebugger;

  public constructor() {
    super();
    this.setDebuggerLinesStartAt1(true);
    this.setDebuggerColumnsStartAt1(true);
    this.setDebuggerPathFormat('path');
    this.loopDebugger = new LoopDebugger({
      sendEvent: (event) => this.sendEvent(event),
      toClientLine: (line) => this.convertDebuggerLineToClient(line),
      toOwnLine: (line) => this.convertClientLineToDebugger(line),
      toClientPath: (path) => this.convertDebuggerPathToClient(path),
      toOwnPath: (path) => this.convertClientPathToDebugger(path),
    });
  }

  public override dispose(): void {
    this.loopDebugger.dispose();
    super.dispose();
  }

  protected override initializeRequest(response: DebugProtocol.InitializeResponse): void {
    response.body = {
      ...LOOP_CAPABILITIES,
      supportsTerminateRequest: true,
      supportsConfigurationDoneRequest: true,
    };
    this.sendResponse(response);
    this.sendEvent(new InitializedEvent());
  }

  protected override setBreakPointsRequest(
    response: DebugProtocol.SetBreakpointsResponse,
    request: DebugProtocol.SetBreakpointsArguments,
  ): void {
    this.answer(response, () => this.loopDebugger.setBreakpoints(request));
  }

  protected override setExceptionBreakPointsRequest(
    response: DebugProtocol.SetExceptionBreakpointsResponse,
    request: DebugProtocol.SetExceptionBreakpointsArguments,
  ): void {
    this.answer(response, () => this.loopDebugger.setExceptionBreakpoints(request));
  }

  protected override threadsRequest(response: DebugProtocol.ThreadsResponse): void {
    this.answer(response, () => this.loopDebugger.listThreads());
  }

  protected override stackTraceRequest(
    response: DebugProtocol.StackTraceResponse,
    request: DebugProtocol.StackTraceArguments,
  ): void {
    this.answer(response, () => this.loopDebugger.stackTrace(request));
  }

  protected override scopesRequest(
    response: DebugProtocol.ScopesResponse,
    request: DebugProtocol.ScopesArguments,
  ): void {
    this.answer(response, () => this.loopDebugger.scopes(request));
  }

  protected override variablesRequest(
    response: DebugProtocol.VariablesResponse,
    request: DebugProtocol.VariablesArguments,
  ): void {
    this.answer(response, () => this.loopDebugger.variables(request));
  }

  protected override evaluateRequest(
    response: DebugProtocol.EvaluateResponse,
    request: DebugProtocol.EvaluateArguments,
  ): void {
    // What cannot be hovered over or watched is shown there, and is no reason for a message.
    this.answer(response, () => this.loopDebugger.evaluate(request), false);
  }

  protected override pauseRequest(response: DebugProtocol.PauseResponse): void {
    this.answer(response, () => this.loopDebugger.pause());
  }

  protected override continueRequest(response: DebugProtocol.ContinueResponse): void {
    this.answer(response, () => this.loopDebugger.continue());
  }

  protected override nextRequest(response: DebugProtocol.NextResponse, request: DebugProtocol.NextArguments): void {
    this.answer(response, () => this.loopDebugger.next(request));
  }

  protected override stepInRequest(
    response: DebugProtocol.StepInResponse,
    request: DebugProtocol.StepInArguments,
  ): void {
    this.answer(response, () => this.loopDebugger.stepIn(request));
  }

  protected override stepOutRequest(
    response: DebugProtocol.StepOutResponse,
    request: DebugProtocol.StepOutArguments,
  ): void {
    this.answer(response, () => this.loopDebugger.stepOut(request));
  }

  protected override terminateThreadsRequest(
    response: DebugProtocol.TerminateThreadsResponse,
    request: DebugProtocol.TerminateThreadsArguments,
  ): void {
    this.answer(response, () => this.loopDebugger.terminateThreads(request));
  }

  protected override exceptionInfoRequest(
    response: DebugProtocol.ExceptionInfoResponse,
    request: DebugProtocol.ExceptionInfoArguments,
  ): void {
    this.answer(response, () => Promise.resolve().then(() => this.loopDebugger.exceptionInfo(request)));
  }

  /** Sends the response that `find` gives the body of, or its sentence. */
  private answer<Body>(
    response: DebugProtocol.Response & { body?: Body },
    find: () => Promise<Body>,
    showUser = true,
  ): void {
    find().then(
      (body) => {
        if (body !== undefined) response.body = body;
        this.sendResponse(response);
      },
      (error: unknown) => {
        const sentence = sentenceOf(error, response.command);
        // Braces in the sentence would be taken for variables; only one whose name begins so is put into the message.
        const variables = { _sentence: sentence };
        this.sendErrorResponse(response, { id: ERROR_ID, format: '{_sentence}', variables, showUser });
      },
    );
  }
}

function sentenceOf(error: unknown, command: string): string {
  // Arguments are taken as the protocol declares them; what is missing or of another type is met here.
  if (error instanceof TypeError)
    return `The arguments of “${command}” are not what the Debug Adapter Protocol asks for.`;
  return error instanceof Error ? error.message : String(error);
}
