import type { DebugProtocol } from '@vscode/debugprotocol';
import * as vscode from 'vscode';
import { DEBUG_TYPE } from '../identifiers';
import { AWAIT_BREAKPOINT } from './loop/reasons';

/**
 * Opens the Run and Debug view at the first await breakpoint of a session, where `debug.openDebug` says so: VS Code itself
 * does it for no reason but its own “breakpoint”.
 */
export function registerDebugView(): vscode.Disposable {
  const opened = new WeakSet<vscode.DebugSession>();
  const stopped = new WeakSet<vscode.DebugSession>();
  const tracker = vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, {
    createDebugAdapterTracker: (session) => ({
      onDidSendMessage: (message: DebugProtocol.ProtocolMessage) => {
        if (isAwaitBreakpoint(message) && !opened.has(session)) stopped.add(session);
      },
    }),
  });
  // Only now has VS Code chosen the frame and opened its file; the focus given to that file is kept.
  const focused = vscode.debug.onDidChangeActiveStackItem((item) => {
    if (!(item instanceof vscode.DebugStackFrame) || !stopped.delete(item.session)) return;
    opened.add(item.session);
    const settings = vscode.workspace.getConfiguration('debug');
    if (settings.get('openDebug') !== 'openOnDebugBreak') return;
    void vscode.commands.executeCommand('workbench.view.debug').then(() => {
      if (settings.get('focusEditorOnBreak') === false) return;
      void vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup');
    });
  });
  return vscode.Disposable.from(tracker, focused);
}

function isAwaitBreakpoint(message: DebugProtocol.ProtocolMessage): boolean {
  const { event, body } = message as DebugProtocol.StoppedEvent;
  return event === 'stopped' && body.reason === AWAIT_BREAKPOINT;
}
