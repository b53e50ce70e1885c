/** Pictures of the window of a test: for the documentation, and of what went wrong. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { eventually, happens } from './eventually';

const folders = {
  screenshot: join(import.meta.dirname, '__screenshots__'),
  artefact: join(import.meta.dirname, '__artefacts__'),
} as const;

/** Each theme of the pictures beside the first one, which a window begins with. */
const otherThemes = [
  { suffix: 'dark', theme: 'Default Dark Modern', window: 'vs-dark', page: 'vscode-dark' },
  {
    suffix: 'high-contrast',
    theme: 'Default High Contrast',
    window: 'hc-black',
    page: 'vscode-high-contrast',
  },
] as const;

export class Pictures {
  /** @param folder the one that is open, whose settings say which theme the window wears */
  constructor(
    private readonly page: Page,
    private readonly folder: string,
  ) {}

  /**
   * The same picture in a light theme, a dark one and one of high contrast: always, or for somebody
   * who looks at them (LLB_LENS_EVERY_THEME=1), since they take their time.
   */
  async takeInThemes(name: string, when: 'always' | 'asked' = 'asked'): Promise<void> {
    await this.take(name);
    if (when === 'asked' && process.env['LLB_LENS_EVERY_THEME'] !== '1') return;
    for (const { suffix, theme, window, page } of otherThemes) {
      await this.wear(theme, window);
      for (const frame of this.page.frames())
        if (frame.url().includes('fake.html')) await frame.locator(`body.${page}`).waitFor();
      await this.take(`${name}-${suffix}`);
    }
    await this.wear(undefined, 'vs');
  }

  /** @param theme default: the one that the window began with @param window the class it gives */
  private async wear(theme: string | undefined, window: string): Promise<void> {
    const settings = theme === undefined ? {} : { 'workbench.colorTheme': theme };
    const shown = this.page.locator(`.monaco-workbench.${window}`);
    await eventually(`the theme ${window}`, () => {
      // A watcher of files may miss one of two changes that follow each other at once.
      const file = join(this.folder, '.vscode/settings.json');
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(settings));
      return happens(shown.waitFor({ timeout: 3_000 }));
    });
  }

  /** The picture that the window comes to rest at, if it does in a while. */
  async take(name: string, kind: keyof typeof folders = 'screenshot'): Promise<void> {
    const folder = folders[kind];
    mkdirSync(folder, { recursive: true });
    const look = (): Promise<Buffer> => this.page.screenshot({ animations: 'disabled' });
    const deadline = Date.now() + 3_000;
    let before = await look();
    for (;;) {
      await this.page.waitForTimeout(100);
      const now = await look();
      const rests = now.equals(before);
      before = now;
      if (rests || Date.now() > deadline) break;
    }
    writeFileSync(join(folder, `${name}.png`), before);
  }
}
