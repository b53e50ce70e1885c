/**
 * The HTML document a host serves for the graph webview, with its content security policy.
 *
 * One place for it, because the policy and the page's script must agree: scripts by nonce only,
 * styles from files only, workers from blobs that the page fetched itself, nothing else.
 */
import type { WebviewBoot } from './webview';

/** The body's data attribute that carries {@link WebviewBoot} as JSON, as `dataset` spells it. */
export const BOOT_ATTRIBUTE = 'data-llb-boot';

export type WebviewPage = {
  readonly title: string;
  /** BCP 47 tag of the UI's language; `en` when left out. */
  readonly language?: string;
  /** Fresh and unguessable for every load. */
  readonly nonce: string;
  /** The CSP source that scripts' data and styles come from (`webview.cspSource`). */
  readonly cspSource: string;
  /** URIs of `main.js` and `style.css` as the page can load them. */
  readonly script: string;
  readonly style: string;
  readonly boot: WebviewBoot;
};

/** The whole document; every value is escaped, so titles and URIs may hold any text. */
export function webviewPage(page: WebviewPage): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${page.nonce}'`,
    `style-src ${page.cspSource}`,
    'worker-src blob:',
    `connect-src ${page.cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(page.language ?? 'en')}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)}</title>
<link rel="stylesheet" href="${escapeHtml(page.style)}">
</head>
<body ${BOOT_ATTRIBUTE}="${escapeHtml(JSON.stringify(page.boot))}">
<script nonce="${escapeHtml(page.nonce)}" src="${escapeHtml(page.script)}"></script>
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text made safe for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
