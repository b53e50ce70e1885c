/** The webview's entry: reads the boot data, builds the view, and says it is ready. */
import { parseWebviewBoot } from '../proto/messages/validate-webview';
import { webviewStrings } from '../proto/messages/webview-strings';
import { createApp } from './app';
import { connectHost } from './host';
import type { Host } from './host';
import { pictureCss } from './picture/style';
import { textsFrom } from './picture/texts';

const boot = parseWebviewBoot(JSON.parse(document.body.dataset['llbBoot'] ?? 'null'));
if (boot === undefined) throw new Error('The host and this page are of different versions.');

// The policy forbids style elements; sheets made by script are allowed.
const sheet = new CSSStyleSheet();
sheet.replaceSync(pictureCss);
document.adoptedStyleSheets.push(sheet);

const app = createApp(() => host, textsFrom(webviewStrings, boot.strings), boot);
document.body.append(app.element);
const host: Host = connectHost(app.receive);
host.send({ type: 'ready' });
