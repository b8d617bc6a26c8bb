import assert from 'node:assert/strict';
import { isFromWebview } from './panel-incoming';

const WANT = { view: 'now', process: null, tasks: null, task: null };

describe('what a page may send', () => {
  it('is each of the messages there are', () => {
    const messages = [
      { type: 'ready', want: WANT },
      { type: 'want', want: { ...WANT, tasks: { offset: 0 } } },
      { type: 'open', process: '1', site: 4 },
      { type: 'fix', process: '1', site: 4 },
      { type: 'copy', text: '' },
      { type: 'seek', timeNs: 12.5 },
      { type: 'columns', columns: ['name', 'age'] },
      { type: 'columns', columns: null },
      { type: 'act', process: '1', action: { kind: 'hold' } },
      { type: 'act', process: '1', action: { kind: 'cancel-task', task: 7 } },
      { type: 'act', process: '1', action: { kind: 'set-level', level: 'trace' } },
      { type: 'compare', against: 'recording' },
      { type: 'mute', process: '1', what: 'block', id: 3 },
      { type: 'unmute', process: '1', what: 'finding', id: 3 },
      { type: 'command', command: 'show-log' },
    ];
    assert.deepEqual(
      messages.filter((message) => !isFromWebview(message)),
      [],
    );
  });

  it('is nothing else', () => {
    const messages = [
      null,
      'hold',
      [],
      { type: 'toString' },
      { type: 'ready', want: { ...WANT, view: 'shell' } },
      { type: 'open', process: 1, site: 4 },
      { type: 'fix', process: '1', site: '/etc/passwd' },
      { type: 'seek', timeNs: '1' },
      { type: 'columns', columns: ['__proto__'] },
      { type: 'columns' },
      { type: 'act', process: '1', action: { kind: 'exec' } },
      { type: 'act', process: '1', action: { kind: 'cancel-task', task: '7' } },
      { type: 'act', process: '1' },
      { type: 'act', process: '1', action: { kind: 'set-level', level: 'verbose' } },
      { type: 'compare', against: '/etc/passwd' },
      { type: 'mute', process: '1', what: 'file', id: 3 },
      { type: 'command', command: 'workbench.action.terminal.new' },
    ];
    assert.deepEqual(
      messages.filter((message) => isFromWebview(message)),
      [],
    );
  });
});
