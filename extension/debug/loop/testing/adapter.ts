/** A debug adapter over stdio for the tests: `launch` starts a program with the controller in it. */

import { ExitedEvent, OutputEvent, TerminatedEvent } from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { join } from 'node:path';
import { LoopDebugSession } from '../loopDebugSession';
import { PipeEngine } from './pipeEngine';

const RUNTIME = join(import.meta.dirname, '..', '..', '..', '..', 'runtime');

class TestSession extends LoopDebugSession {
  private engine: PipeEngine | null = null;

  protected override launchRequest(
    response: DebugProtocol.LaunchResponse,
    request: DebugProtocol.LaunchRequestArguments & { program?: string; python?: string },
  ): void {
    const driver = join(RUNTIME, 'tests', 'control', 'driver.py');
    const engine = new PipeEngine(request.python ?? 'python3', driver, RUNTIME, request.program ?? '');
    this.engine = engine;
    engine.stdout.on('data', (chunk: Buffer) => this.sendEvent(new OutputEvent(chunk.toString(), 'stdout')));
    void engine.exited.then((code) => {
      this.loopDebugger.removeEngine(engine);
      this.sendEvent(new ExitedEvent(code));
      this.sendEvent(new TerminatedEvent());
    });
    void this.loopDebugger.addEngine(engine).then(() => this.sendResponse(response));
  }

  protected override configurationDoneRequest(response: DebugProtocol.ConfigurationDoneResponse): void {
    void this.engine?.send('start', {}).then(() => this.sendResponse(response));
  }

  protected override disconnectRequest(
    response: DebugProtocol.DisconnectResponse,
    request: DebugProtocol.DisconnectArguments,
  ): void {
    this.engine?.kill();
    super.disconnectRequest(response, request);
  }
}

TestSession.run(TestSession);
