import * as vscode from 'vscode';
import { COMMAND } from '../identifiers';
import { durationText, verdictSentence, type ProcessOverview, type Sessions, type Translate } from '../model';

/** The most often the item is written again, in ms. */
const PERIOD_MS = 250;
const NS_PER_MS = 1e6;

const translate: Translate = (message, ...args) => vscode.l10n.t(message, ...args);

/** One item: the loop's lag while all is well, else what is wrong. Opens the panel. Hidden while there is no program. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('loopscope', vscode.StatusBarAlignment.Left, 0);
  private timer: NodeJS.Timeout | undefined;
  private readonly leave: () => void;

  public constructor(private readonly sessions: Sessions) {
    this.item.name = 'Loopscope';
    this.item.command = COMMAND.openPanel;
    this.leave = sessions.subscribe(() => {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.write();
      }, PERIOD_MS);
    });
  }

  public dispose(): void {
    clearTimeout(this.timer);
    this.leave();
    this.item.dispose();
  }

  private write(): void {
    const overview = this.sessions.current?.overview(performance.now());
    if (!overview) {
      this.item.hide();
      return;
    }
    const { verdict } = overview;
    const isAlarm = verdict?.kind === 'blocked' || verdict?.kind === 'silent';
    this.item.text = textOf(overview);
    this.item.tooltip = verdict
      ? verdictSentence(verdict, translate)
      : translate('Nothing holds the loop of {0}.', overview.title);
    this.item.backgroundColor = isAlarm ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.item.accessibilityInformation = { label: `Loopscope: ${this.item.text.replace(/\$\([^)]*\)/gu, '')}` };
    this.item.show();
  }
}

function textOf({ verdict, phase, loops, blocks }: ProcessOverview): string {
  if (phase === 'silent') return `$(circle-slash) ${translate('loop silent')}`;
  if (loops.some(({ state }) => state === 'debugger')) return `$(debug-pause) ${translate('stopped in the debugger')}`;
  if (verdict?.kind === 'blocked') {
    return `$(warning) ${translate('loop blocked {0}', durationText(verdict.block.durationNs))}`;
  }
  const places = blocks === 1 ? translate('1 block') : translate('{0} blocks', blocks);
  const found = blocks === 0 ? '' : ` · ${places}`;
  if (phase === 'ended') return `$(pulse) ${translate('ended')}${found}`;
  const lag = Math.max(0, ...loops.map((loop) => loop.lagMs.p99));
  return `$(pulse) ${translate('lag {0}', durationText(lag * NS_PER_MS))}${found}`;
}
