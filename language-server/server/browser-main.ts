/** Main of the bundle `dist/web/language-server.js`, which runs in a web worker of its own. */
import {
  BrowserMessageReader,
  BrowserMessageWriter,
  createConnection,
} from 'vscode-languageserver/browser';
import { version } from '../../package.json';
import { serveLanguages } from '../language-server';
import { browserHost } from './browser-host';

const connection = createConnection(
  new BrowserMessageReader(globalThis),
  new BrowserMessageWriter(globalThis),
);
serveLanguages(
  connection,
  browserHost(connection),
  { name: 'llb-lens', version },
  () => undefined, // No client passes a page's questions on to a builder.
);
