import * as vscode from 'vscode';
import { listCandidates, type Candidate } from '../../link/candidates';
import { programTitle } from '../../model';

/** What a person chose to attach to. */
export type Choice =
  | { readonly kind: 'process'; readonly candidate: Candidate }
  | { readonly kind: 'address'; readonly host: string; readonly port: number; readonly token: string };

interface Item extends vscode.QuickPickItem {
  readonly candidate?: Candidate;
}

/** Lets a person choose one of the processes that can be attached to, or an address; undefined when they do not. */
export async function pickTarget(connected: (pid: number) => boolean): Promise<Choice | undefined> {
  const address: Item = {
    label: `$(remote) ${vscode.l10n.t('A program at an address…')}`,
    detail: vscode.l10n.t('In a container or on another machine, started with LOOPSCOPE_LISTEN and LOOPSCOPE_TOKEN'),
  };
  const listed = listCandidates().then((candidates) => [...items(candidates, connected), address]);
  const chosen = await vscode.window.showQuickPick<Item>(listed, {
    title: vscode.l10n.t('Attach to a running program'),
    placeHolder: vscode.l10n.t('Programs with Loopscope in them, and those of Python 3.14 or later'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (chosen?.candidate) return { kind: 'process', candidate: chosen.candidate };
  return chosen === undefined ? undefined : pickAddress();
}

/** Lets a person choose a process; undefined when they do not. */
export async function pickProcess(connected: (pid: number) => boolean): Promise<string | undefined> {
  const candidates = await listCandidates();
  if (candidates.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'No running program can be attached to: start one by `loopscope app.py` in a terminal, or with LOOPSCOPE_LISTEN=local.',
      ),
    );
    return undefined;
  }
  const chosen = await vscode.window.showQuickPick<Item>(items(candidates, connected), {
    title: vscode.l10n.t('Attach to a running program'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.candidate === undefined ? undefined : String(chosen.candidate.pid);
}

function items(candidates: readonly Candidate[], connected: (pid: number) => boolean): Item[] {
  const listed: Item[] = [];
  let section = '';
  for (const candidate of candidates.toSorted((left, right) => rank(left, candidates) - rank(right, candidates))) {
    const isReady = rank(candidate, candidates) === 0;
    const label = isReady
      ? vscode.l10n.t('Loopscope is in them')
      : vscode.l10n.t('Python 3.14 or later: Loopscope can enter them');
    if (label !== section) listed.push({ label, kind: vscode.QuickPickItemKind.Separator });
    section = label;
    listed.push(item(candidate, connected(candidate.pid)));
  }
  return listed;
}

/** 0 for a process that stands under one with the runtime in it, 1 for others. */
function rank(candidate: Candidate, candidates: readonly Candidate[]): number {
  let root = candidate;
  for (let depth = candidate.depth; depth > 0; depth--) {
    root = candidates.find(({ pid }) => pid === root.parentPid) ?? root;
  }
  return root.discovery === null ? 1 : 0;
}

function item(candidate: Candidate, isConnected: boolean): Item {
  const { pid, python, argv, depth, tasks, startedWallMs } = candidate;
  const title = programTitle({ argv });
  const facts = [vscode.l10n.t('pid {0}', pid), `Python ${python}`, ageText(Date.now() - startedWallMs)];
  if (tasks !== null) facts.push(tasks === 1 ? vscode.l10n.t('1 task') : vscode.l10n.t('{0} tasks', tasks));
  if (isConnected) facts.push(vscode.l10n.t('shown in this window'));
  const indent = depth === 0 ? '' : `${'\u2003'.repeat(depth)}\u21b3 `;
  return { label: `${indent}${title}`, description: facts.join(' \u00b7 '), detail: argv.join(' '), candidate };
}

/** How long a process has been running, roughly. */
function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return vscode.l10n.t('{0} s', seconds);
  if (seconds < 7200) return vscode.l10n.t('{0} min', Math.floor(seconds / 60));
  if (seconds < 172_800) return vscode.l10n.t('{0} h', Math.floor(seconds / 3600));
  return vscode.l10n.t('{0} days', Math.floor(seconds / 86_400));
}

async function pickAddress(): Promise<Choice | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Attach to an address'),
    prompt: vscode.l10n.t('Host and port that LOOPSCOPE_LISTEN names, as in localhost:5799'),
    ignoreFocusOut: true,
    validateInput: (value) =>
      readAddress(value) === null ? vscode.l10n.t('Give a host and a port, as in localhost:5799.') : null,
  });
  const place = text === undefined ? null : readAddress(text);
  if (place === null) return undefined;
  const token = await vscode.window.showInputBox({
    title: vscode.l10n.t('Attach to an address'),
    prompt: vscode.l10n.t('The LOOPSCOPE_TOKEN that the program was started with'),
    password: true,
    ignoreFocusOut: true,
  });
  return token === undefined || token === '' ? undefined : { kind: 'address', ...place, token };
}

function readAddress(text: string): { readonly host: string; readonly port: number } | null {
  const [, host = '', port = ''] = /^\s*(?:tcp:)?(.+):(\d{1,5})\s*$/u.exec(text) ?? [];
  return host === '' || Number(port) < 1 || Number(port) > 65_535 ? null : { host, port: Number(port) };
}
