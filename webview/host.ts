/** The page's line to the extension: messages both ways and the state VS Code keeps for the page. */
import { parseToWebview } from '../proto/messages/validate-webview';
import { WEBVIEW_PROTOCOL } from '../proto/messages/webview';
import type { FromWebview, ToWebview } from '../proto/messages/webview';

type WithoutVersion<T> = T extends unknown ? Omit<T, 'v'> : never;
export type Outgoing = WithoutVersion<FromWebview>;

export type Host = {
  readonly send: (message: Outgoing) => void;
  readonly state: () => unknown;
  readonly setState: (state: unknown) => void;
};

type VsCodeApi = {
  postMessage: (message: unknown) => void;
  getState: () => unknown;
  setState: (state: unknown) => void;
};

/** Given to every webview by VS Code, once. */
declare const acquireVsCodeApi: () => VsCodeApi;

/** Connects to the extension; malformed messages and those of other frames never reach `receive`. */
export function connectHost(receive: (message: ToWebview) => void): Host {
  const api = acquireVsCodeApi();
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const message = parseToWebview(event.data);
    if (message !== undefined) receive(message);
  });
  return {
    send: (message) => api.postMessage({ v: WEBVIEW_PROTOCOL, ...message }),
    state: () => api.getState(),
    setState: (state) => api.setState(state),
  };
}
