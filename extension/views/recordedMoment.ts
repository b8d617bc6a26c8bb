/** A recording to compare with: asks for the file and reads it to its end. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { momentOf, type Moment } from '../model';

/**
 * The last moment of a recording that the person chooses; undefined when none was chosen or it cannot be read.
 *
 * @param folder Where the dialog begins to look; null for where VS Code would.
 */
export async function askForMoment(folder: vscode.Uri | null): Promise<Moment | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Compare with a Recording'),
      ...(folder !== null && { defaultUri: folder }),
      filters: { [vscode.l10n.t('Loopscope recording')]: ['loopscope'] },
    })) ?? [];
  if (file === undefined) return undefined;
  try {
    const title = vscode.l10n.t('Reading {0}', basename(file.fsPath));
    return await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
      endOf(file.fsPath),
    );
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** How a recording ends. @throws Error with a sentence when it cannot be read. */
async function endOf(file: string): Promise<Moment> {
  const { RecordingReplay } = await import('../link/replay');
  const replay = await RecordingReplay.open(file, { begin: () => undefined, taken: () => undefined });
  try {
    await replay.seek(replay.toNs);
    const model = replay.current;
    if (model === undefined) throw new Error(vscode.l10n.t('{0} holds nothing to compare with.', file));
    return momentOf(model, replay.now(), basename(file));
  } finally {
    await replay.close();
  }
}
