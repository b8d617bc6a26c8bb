/** The way to the panel's host: the only file that knows `acquireVsCodeApi`. */
import type { FromWebview, PersistedState, ToWebview } from '../extension/protocol/webview-messages';

interface VsCodeApi {
  postMessage(message: FromWebview): void;
  getState(): unknown;
  setState(state: PersistedState): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();

/** Sends a message to the host. */
export function post(message: FromWebview): void {
  api.postMessage(message);
}

/** What an earlier life of this page kept; empty when there was none or another version wrote it. */
export function restore(): Partial<PersistedState> {
  const state = api.getState();
  return typeof state === 'object' && state !== null ? state : {};
}

/** Keeps `state` over a reload of the page. */
export function persist(state: PersistedState): void {
  api.setState(state);
}

/** Calls `receive` with everything the host sends. */
export function listen(receive: (message: ToWebview) => void): void {
  window.addEventListener('message', (event: MessageEvent<ToWebview>) => {
    receive(event.data);
  });
}
