import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { Sessions } from '../../../extension/model';
import { aHello, aLoop, anUpdate, aTask } from '../../../extension/model/testing';
import type { ToWebview } from '../../../extension/protocol/webview-messages';
import { Mutes } from '../../../extension/mutes';
import { localFeed } from '../../../extension/views/local-feed';
import { SessionLookups } from '../../../extension/views/panel-lookups';
import { InspectorPage } from '../../../extension/views/panel-page';
import { fileOf } from './programs';
import { webview } from './ui';

describe('the panel', () => {
  it('is sent nothing while it is hidden, and everything when it is shown again', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const extension = vscode.extensions.getExtension('loopscope.loopscope');
    assert.ok(extension);
    const sessions = new Sessions();
    const model = sessions.add(aHello(), { awaitStack: () => Promise.resolve([]) }, performance.now());
    let created = 0;
    const tell = (page: InspectorPage): void => {
      created++;
      model.update(
        anUpdate(created, {
          time_ns: created * 1e9,
          snapshot: created === 1,
          loops: [aLoop(1)],
          tasks: [aTask(created, { name: `task-${created}-of-the-test` })],
          task_counts: { created, finished: 0, cancelled: 0, failed: 0, alive: created },
        }),
        performance.now(),
      );
      page.changed();
    };
    let flushed: () => void = () => undefined;
    const panel = vscode.window.createWebviewPanel('loopscope.test', 'Traffic', vscode.ViewColumn.One, {});
    const sent: ToWebview[] = [];
    const post = panel.webview.postMessage.bind(panel.webview);
    panel.webview.postMessage = (message: ToWebview) => {
      sent.push(message);
      return post(message);
    };
    const page = new InspectorPage(
      panel,
      {
        lookups: new SessionLookups(sessions, () => performance.now()),
        folder: null,
        feed: (start) => localFeed(sessions, new Map(), {}, start),
        sample: () => flushed(),
        run: () => undefined,
        act: () => undefined,
        seek: () => undefined,
      },
      {
        extensionUri: extension.extensionUri,
        openLocation: () => undefined,
        fixes: {
          revision: 0,
          titleFor: () => null,
          subscribe: () => () => undefined,
          apply: () => Promise.resolve(null),
        },
        mutes: new Mutes({ get: () => undefined, update: () => undefined }),
        memory: { get: () => undefined, update: () => undefined },
      },
    );
    panel.onDidDispose(() => page.dispose());
    try {
      tell(page);
      await webview.waitFor('text=task-1-of-the-test');
      assert.ok(sent.length > 0);

      const hidden = new Promise<void>((resolve) => {
        panel.onDidChangeViewState(() => {
          if (!panel.visible) resolve();
        });
      });
      await vscode.window.showTextDocument(fileOf('sleeps.py'), { viewColumn: vscode.ViewColumn.One, preview: false });
      await hidden;
      const before = sent.length;
      for (let round = 0; round < 5; round++) {
        const over = new Promise<void>((resolve) => (flushed = resolve));
        tell(page);
        await over;
      }
      assert.equal(sent.length, before);

      panel.reveal();
      await webview.waitFor('text=task-6-of-the-test');
      assert.ok(sent.length > before);
    } finally {
      panel.dispose();
    }
  });
});
