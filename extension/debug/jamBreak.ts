import type { DebugProtocol } from '@vscode/debugprotocol';
import * as vscode from 'vscode';
import { COMMAND, SECTION, SETTING } from '../identifiers';
import type { Inspection } from '../inspection';
import { durationText, placeText, type ProcessModel } from '../model';
import type { DebuggedProcess, DebuggedProcesses } from './debuggedProcesses';
import { DEFAULT_JAM_MS } from './loop/filters';

const NS_PER_MS = 1_000_000;

/**
 * “Break when the loop jams” for programs under debugpy: has debugpy pause them while something holds their loop, so that
 * the stack that is shown is the one that holds it.
 */
export function registerJamBreak(
  inspection: Inspection,
  processes: DebuggedProcesses,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const breaker = new JamBreak(processes, (sentence) => log.info(sentence));
  const leave = inspection.sessions.subscribe((event) => {
    if (event.kind !== 'changed' || !isOn()) return;
    const model = inspection.sessions.get(event.key);
    if (model !== undefined) breaker.look(model, jamMs());
  });
  return vscode.Disposable.from(
    vscode.commands.registerCommand(COMMAND.toggleBreakOnJam, () => toggle()),
    { dispose: leave },
  );
}

/** Pauses each process once for each jam. */
class JamBreak {
  /** The block that a process was paused for last: its loop, and when it began. */
  private readonly paused = new WeakMap<ProcessModel, string>();

  public constructor(
    private readonly processes: DebuggedProcesses,
    private readonly log: (sentence: string) => void,
  ) {}

  public look(model: ProcessModel, thresholdMs: number): void {
    const process = this.processes.byPid(model.hello.process.pid);
    if (process === undefined || process.isStopped) return;
    for (const { id, thread, block } of model.loops()) {
      if (block === null || block.cause === 'debugger' || block.duration_ns < thresholdMs * NS_PER_MS) continue;
      const name = `${id}/${block.started_ns}`;
      if (this.paused.get(model) === name) return;
      this.paused.set(model, name);
      const site = model.site(block.site);
      const duration = durationText(block.duration_ns);
      const sentence =
        site === null
          ? vscode.l10n.t('The loop has been held for {0}: paused.', duration)
          : vscode.l10n.t('The loop has been held for {0} at {1}: paused.', duration, placeText(site.file, site.line));
      this.pause(process, thread, sentence);
      return;
    }
  }

  private pause(process: DebuggedProcess, thread: string, sentence: string): void {
    threadNamed(process.session, thread)
      .then(async (threadId) => {
        // The block may be over, or a breakpoint been hit, by now.
        if (this.processes.byPid(process.pid)?.isStopped !== false) return;
        await process.session.customRequest('pause', { threadId });
        this.log(sentence);
        vscode.debug.activeDebugConsole.appendLine(`Loopscope: ${sentence}`);
      })
      .catch((error: unknown) => this.log(`The program could not be paused: ${String(error)}`));
  }
}

/** The number that the debugger gives to a thread; 0, which stands for any, when it does not know the thread. */
async function threadNamed(session: vscode.DebugSession, name: string): Promise<number> {
  const { threads } = (await session.customRequest('threads')) as DebugProtocol.ThreadsResponse['body'];
  return (threads.find((thread) => thread.name === name) ?? threads[0])?.id ?? 0;
}

function settings(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration(SECTION, null);
}

function isOn(): boolean {
  return settings().get<boolean>(SETTING.breakOnJam, false);
}

function jamMs(): number {
  const value = settings().get<number>(SETTING.breakOnJamMs, DEFAULT_JAM_MS);
  return value > 0 ? value : DEFAULT_JAM_MS;
}

async function toggle(): Promise<void> {
  const on = !isOn();
  await settings().update(SETTING.breakOnJam, on, vscode.ConfigurationTarget.Global);
  const sentence = on
    ? vscode.l10n.t('A program under debugpy now pauses when its loop has been held for {0} ms.', jamMs())
    : vscode.l10n.t('A program under debugpy no longer pauses when its loop is held.');
  void vscode.window.showInformationMessage(sentence);
}
