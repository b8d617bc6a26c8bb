/** What a person has done to an inspected program from the panel, which has asked whether that is meant. */
import * as vscode from 'vscode';
import type { Inspection } from '../inspection';
import type { Question } from '../link/connection';
import type { ProgramAction } from '../protocol/webview-messages';

/** Carries out the panel's actions. */
export class ProgramActions {
  constructor(
    private readonly inspection: Inspection,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Does it; what goes wrong is told in a message. */
  async run(key: string, action: ProgramAction): Promise<void> {
    const { kind } = action;
    try {
      const connection = this.inspection.connection(key);
      if (connection === undefined) {
        throw new Error(vscode.l10n.t('The program has ended, so nothing can be done to it any more.'));
      }
      await connection.request(questionFor(action));
      this.log.info(`Process ${connection.hello.process.pid} was asked: ${JSON.stringify(action)}.`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.log.warn(`${kind}: ${reason}`);
      void vscode.window.showErrorMessage(reason);
    }
  }
}

function questionFor(action: ProgramAction): Question {
  switch (action.kind) {
    case 'hold':
    case 'resume':
      return { command: action.kind, arguments: {} };
    case 'cancel-task':
      return { command: action.kind, arguments: { task: action.task } };
    case 'set-level':
      return { command: action.kind, level: action.level };
  }
}
