/** A recording to compare with: asks for the file and has it read to its end. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Moment } from '../model';
import { ReplayClient } from './replay/client';
import { replayReader } from './replay/reader';

/**
 * The last moment of a recording that the person chooses; null when none was chosen or it cannot be read.
 *
 * @param folder Where the dialog begins to look; null for where VS Code would.
 */
export async function askForMoment(folder: vscode.Uri | null, extensionUri: vscode.Uri): Promise<Moment | null> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Compare with a Recording'),
      ...(folder !== null && { defaultUri: folder }),
      filters: { [vscode.l10n.t('Loopscope recording')]: ['loopscope'] },
    })) ?? [];
  if (file === undefined) return null;
  try {
    const title = vscode.l10n.t('Reading {0}', basename(file.fsPath));
    return await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
      endOf(file.fsPath, extensionUri),
    );
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    return null;
  }
}

/** How a recording ends. @throws Error with a sentence when it cannot be read. */
async function endOf(file: string, extensionUri: vscode.Uri): Promise<Moment> {
  const client = new ReplayClient({
    ...replayReader(extensionUri, file),
    received: () => undefined,
    titleFor: () => null,
    failed: () => undefined,
  });
  try {
    const moment = await client.moment(null, basename(file));
    if (moment === null) throw new Error(vscode.l10n.t('{0} holds nothing to compare with.', file));
    return moment;
  } finally {
    await client.dispose();
  }
}
