// Chromium for the end-to-end tests, and VS Code's workbench prepared for them.
import { chromium, type BrowserContext, type Page } from 'playwright-core';

const switches = [
  '--no-sandbox', // root in a container has no user namespaces for Chromium's sandbox
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
] as const;

export interface BrowserOptions {
  readonly executable: string;
  /** The profile's folder; a new one gives the workbench a window state of its own. */
  readonly profile: string;
  /** `LLB_LENS_HEADED=1` shows the window. */
  readonly headed?: boolean;
}

/** Starts a browser with one page of 1400 × 900 pixels. Close the context to end it. */
export function launchBrowser(options: BrowserOptions): Promise<BrowserContext> {
  return chromium.launchPersistentContext(options.profile, {
    executablePath: options.executable,
    headless: !(options.headed ?? process.env['LLB_LENS_HEADED'] === '1'),
    args: [...switches],
    viewport: { width: 1400, height: 900 },
  });
}

/**
 * Makes the workbench quiet and drivable, before it loads: no extension gallery, no telemetry, and
 * VS Code's own smoke test driver in `window.driver`. Built products since 1.101 ignore test
 * switches unless their page's configuration has `enableSmokeTestDriver`, and code-server has no
 * flag for it, so the configuration is changed while the page is being parsed.
 * @param settings defaults for VS Code's settings, as in a settings.json
 */
export async function prepareWorkbench(
  page: Page,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  const defaults = JSON.stringify({ ...quiet, ...settings });
  await page.addInitScript({ content: `(${patchConfiguration})(${defaults})` });
}

const quiet = {
  'terminal.integrated.gpuAcceleration': 'off', // terminal text is in the DOM only without it
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
} as const;

/** Text, not code: it runs in the page, whose types (the DOM's) are not those of Node. */
const patchConfiguration = `(settings) => {
  if (window !== window.top) return;
  new MutationObserver((_, observer) => {
    const element = document.getElementById('vscode-workbench-web-configuration');
    if (element === null) return;
    observer.disconnect();
    const configuration = JSON.parse(element.getAttribute('data-settings'));
    configuration.developmentOptions = { ...configuration.developmentOptions, enableSmokeTestDriver: true };
    configuration.productConfiguration.extensionsGallery = undefined;
    configuration.productConfiguration.enableTelemetry = false;
    configuration.configurationDefaults = { ...configuration.configurationDefaults, ...settings };
    element.setAttribute('data-settings', JSON.stringify(configuration));
  }).observe(document, { childList: true, subtree: true });
}`;
