/**
 * The webview's page alone in a real browser: real bundles under the real policy, with a stand-in
 * for the one function VS Code gives a webview.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { chromium as chromiumPath } from '../env/context';
import type { Browser, Page } from 'playwright-core';
import { parseFromWebview } from '../../proto/messages/validate-webview';
import { webviewPage } from '../../proto/messages/webview-page';
import { WEBVIEW_PROTOCOL } from '../../proto/messages/webview';
import type { FromWebview, ToWebview, ViewContext } from '../../proto/messages/webview';
import { themes } from './themes';
import type { ThemeName } from './themes';

export const context: ViewContext = {
  title: 'Dockerfile',
  uri: 'file:///ws/Dockerfile',
  trusted: true,
  builder: { state: 'connected', text: 'default' },
  build: { state: 'none', text: '' },
};

/** What the page remembers after all stages of `manyStages` were opened. */
export const allOpen = (stages: number): unknown => ({
  v: 1,
  uri: context.uri,
  tab: 'details',
  split: 0.4,
  choices: {
    stages: Object.fromEntries(Array.from({ length: stages }, (_, at) => [`stage-${at}`, true])),
  },
});

type WithoutVersion<T> = T extends unknown ? Omit<T, 'v'> : never;
export type Message = WithoutVersion<ToWebview>;

export type Workbench = {
  readonly open: (options?: OpenOptions) => Promise<View>;
  readonly close: () => Promise<void>;
};

export type OpenOptions = {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  /** What `getState` answers at first. */
  readonly state?: unknown;
  readonly reducedMotion?: boolean;
  readonly strings?: Readonly<Record<string, string>>;
  /** The layout engine's file is not there; the browser's word on that is no problem. */
  readonly withoutEngine?: boolean;
};

/** An open page. */
export type View = {
  readonly page: Page;
  readonly send: (message: Message) => Promise<void>;
  /** Every message the page has sent, in order. */
  readonly sent: () => Promise<readonly FromWebview[]>;
  readonly state: () => Promise<unknown>;
  /** Errors and policy violations that the page reported. */
  readonly problems: readonly string[];
  readonly close: () => Promise<void>;
};

/**
 * Builds the bundles, serves them on loopback and starts a browser, which must be there.
 *
 * @param onePage loads all views into one tab, one after the other: each has a document of its own
 *   all the same, in a third of the time. What is measured wants a tab, and a process, of its own.
 */
export async function startWorkbench({ onePage = false } = {}): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-page-'));
  await build({
    entryPoints: ['webview/main.ts', 'webview/layout-worker.ts', 'webview/style.css'],
    outdir: folder,
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'chrome120',
    logLevel: 'error',
  });
  const files = new Map<string, { readonly path: string; readonly type: string }>([
    ['/main.js', { path: join(folder, 'main.js'), type: 'text/javascript' }],
    ['/layout-worker.js', { path: join(folder, 'layout-worker.js'), type: 'text/javascript' }],
    ['/style.css', { path: join(folder, 'style.css'), type: 'text/css' }],
    [
      '/elk-worker.min.js',
      { path: 'node_modules/elkjs/lib/elk-worker.min.js', type: 'text/javascript' },
    ],
  ]);
  let options: OpenOptions = {};
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    if (request.url === '/') {
      response.setHeader('content-type', 'text/html');
      response.end(document());
    } else if (file === undefined) {
      response.statusCode = 404;
      response.end();
    } else {
      response.setHeader('content-type', file.type);
      // They stay as they are while this serves them: a browser keeps them read and compiled.
      response.setHeader('cache-control', 'max-age=3600');
      readFile(file.path).then(
        (bytes) => response.end(bytes),
        (error: unknown) => {
          response.statusCode = 500;
          response.end(String(error));
        },
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const origin = `http://127.0.0.1:${address.port}`;
  const document = (): string =>
    webviewPage({
      title: 'Build Graph',
      nonce: 'bm9uY2U',
      cspSource: origin,
      script: `${origin}/main.js`,
      style: `${origin}/style.css`,
      boot: {
        layoutWorker: `${origin}/layout-worker.js`,
        layoutEngine: `${origin}/${options.withoutEngine === true ? 'missing' : 'elk-worker.min'}.js`,
        strings: options.strings ?? {},
      },
    });
  const executablePath = await chromiumPath();
  if (executablePath === undefined) throw new Error('no Chromium to look with');
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  let tab: Promise<Tab> | undefined;
  return {
    open: async (wanted = {}) => {
      options = wanted;
      if (!onePage)
        return open(await openTab(browser), origin, wanted, (page) => page.context().close());
      tab ??= openTab(browser);
      // The next view takes its place; nothing of this one goes on until then.
      return open(await tab, origin, wanted, async (page) => {
        await page.goto('about:blank');
      });
    },
    close: async () => {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

type Tab = {
  readonly page: Page;
  /** Of the document that is shown. */
  view: { readonly options: OpenOptions; readonly problems: string[] };
};

async function openTab(browser: Browser): Promise<Tab> {
  const page = await (await browser.newContext()).newPage();
  const tab: Tab = { page, view: { options: {}, problems: [] } };
  page.on('pageerror', (error) => tab.view.problems.push(error.message));
  page.on('console', (message) => {
    const expected = tab.view.options.withoutEngine === true && message.text().includes('404');
    if (message.type() === 'error' && !expected) tab.view.problems.push(message.text());
  });
  page.on('dialog', (dialog) => {
    tab.view.problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.addInitScript(hostScript);
  return tab;
}

async function open(
  tab: Tab,
  origin: string,
  options: OpenOptions,
  close: (page: Page) => Promise<void>,
): Promise<View> {
  const { page } = tab;
  const problems: string[] = [];
  tab.view = { options, problems };
  const { width = 1280, height = 860 } = options;
  await page.setViewportSize({ width, height });
  await page.emulateMedia({
    reducedMotion: options.reducedMotion === true ? 'reduce' : 'no-preference',
  });
  // Out of the way: a pointer that rests where the last view left it would hover over this one.
  await page.mouse.move(-1, -1);
  await page.goto(`${origin}/#${encodeURIComponent(JSON.stringify(hostOf(options)))}`);
  await page.waitForFunction("window.sentMessages.some((message) => message.type === 'ready')");
  return {
    page,
    problems,
    send: async (message) => {
      const json = JSON.stringify({ v: WEBVIEW_PROTOCOL, ...message });
      await page.evaluate(`window.postMessage(${json}, '*')`);
      // A frame and a turn of the page's event loop, so that the message is handled and drawn.
      await page.evaluate(
        'new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))',
      );
    },
    sent: async () => {
      const messages: unknown = await page.evaluate('window.sentMessages');
      if (!Array.isArray(messages)) throw new Error('the page is gone');
      return messages.map((message: unknown) => {
        const parsed = parseFromWebview(message);
        if (parsed === undefined) throw new Error(`not a message: ${JSON.stringify(message)}`);
        return parsed;
      });
    },
    state: () => page.evaluate('window.savedState'),
    close: () => close(page),
  };
}

/** What the host of a view is like: the fragment of its address, which may be of any length. */
const hostOf = ({ theme, state }: OpenOptions): unknown => ({
  ...themes[theme ?? 'dark'],
  state: state ?? null,
});

/** Runs in the page before its own script: what VS Code's webview frame does. */
const hostScript = `
  if (location.protocol === 'http:') {
    const host = JSON.parse(decodeURIComponent(location.hash.slice(1)));
    window.sentMessages = [];
    window.savedState = host.state;
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => window.sentMessages.push(structuredClone(message)),
      getState: () => window.savedState,
      setState: (state) => { window.savedState = structuredClone(state); },
    });
    new MutationObserver((_, observer) => {
      if (document.body === null) return;
      observer.disconnect();
      document.body.className = host.bodyClass;
      for (const [name, value] of Object.entries(host.variables))
        document.documentElement.style.setProperty('--vscode-' + name, value);
    }).observe(document, { childList: true, subtree: true });
  }
`;
