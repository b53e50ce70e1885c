/** VS Code with the extension in a real browser, and the moves a user makes in it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Frame, Locator, Page } from 'playwright-core';
import { launchBrowser, prepareWorkbench } from '../env/browser';
import { startCodeServer, type CodeServer } from '../env/code-server';
import type { CodeServerInstall } from '../env/code-server-install';
import { eventually, happens } from './eventually';
import { Pictures } from './pictures';

export type WorkbenchOptions = {
  readonly install: CodeServerInstall;
  readonly chromium: string;
  /** The packed extension, and others beside it. */
  readonly vsix: readonly string[];
  /** State, logs and the browser's profile go here. */
  readonly scratch: string;
  /** The folder that is opened. */
  readonly folder: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
  /** The folder is not trusted, as one that was just downloaded. */
  readonly untrusted?: boolean;
};

export class Workbench {
  private readonly pictures: Pictures;

  private constructor(
    readonly page: Page,
    private readonly server: CodeServer,
    private readonly browser: BrowserContext,
    private readonly folder: string,
  ) {
    this.pictures = new Pictures(page, folder);
  }

  static async open(options: WorkbenchOptions): Promise<Workbench> {
    const server = await startCodeServer({
      install: options.install,
      folder: join(options.scratch, 'code-server'),
      vsix: options.vsix,
      env: options.env ?? {},
      askForTrust: options.untrusted ?? false,
    });
    const browser = await launchBrowser({
      executable: options.chromium,
      profile: join(options.scratch, 'browser'),
    });
    const page = browser.pages()[0] ?? (await browser.newPage());
    await prepareWorkbench(page, {
      'security.workspace.trust.startupPrompt': 'never',
      'files.autoSave': 'off',
      'editor.wordBasedSuggestions': 'off',
      'files.exclude': { '**/.vscode': true }, // where pictures take their theme from
      'editor.cursorBlinking': 'solid', // a picture is the same at any moment
      ...options.settings,
    });
    await page.goto(server.address(options.folder), { timeout: 60_000 });
    await page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
    return new Workbench(page, server, browser, options.folder);
  }

  private get quickInput(): Locator {
    return this.page.locator('.quick-input-widget input').first();
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
  }

  /** Runs a command of the palette by its whole title, e.g. `LLB Lens: Show Build Graph`. */
  async command(title: string): Promise<void> {
    // Before the extension has registered, the palette offers only similar names: ask again.
    for (let attempt = 0; attempt < 20; attempt++) if (await this.offers(title)) return;
    throw new Error(`the palette has no "${title}"`);
  }

  /** Runs a command if the palette has it now. @returns whether it has */
  async offers(title: string): Promise<boolean> {
    await this.page.keyboard.press('F1');
    const row = this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({
        has: this.page.locator('.label-name', { hasText: new RegExp(`^${escape(title)}$`) }),
      })
      .first();
    try {
      await this.quickInput.fill(`>${title}`, { timeout: 1_500 });
      await row.waitFor({ timeout: 1_500 });
    } catch {
      await this.page.keyboard.press('Escape');
      return false;
    }
    // A click that only takes long must not be made again: the command would run twice.
    await row.click();
    return true;
  }

  /** Chooses an entry of the list that the extension asks with. */
  async pick(label: string): Promise<void> {
    const entry = this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ hasText: label });
    await entry.first().click();
  }

  /** Answers a question of the extension; another one may have been in the same place. */
  async fill(title: string, text: string): Promise<void> {
    await this.page.locator('.quick-input-title', { hasText: title }).waitFor();
    await this.quickInput.fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Answers a question for a file with the path that is offered, once it is there. */
  async acceptPath(path: string): Promise<void> {
    await eventually('the offered path', async () => (await this.quickInput.inputValue()) === path);
    await eventually('the end of the question', async () => {
      await this.page.keyboard.press('Enter');
      await this.page.waitForTimeout(200);
      return !(await this.quickInput.isVisible());
    });
  }

  /** An entry of the views by a regular expression for what a screen reader says of it. */
  row(label: string): Locator {
    return this.page.getByRole('treeitem', { name: new RegExp(label) }).first();
  }

  /** Opens an entry of the views that has others below it, until it shows one of them. */
  async expand(label: string, inner: string): Promise<void> {
    const shown = this.row(inner);
    // A list that is just being filled loses what was opened in it: open it again.
    await eventually(
      `${inner} below ${label}`,
      async () => {
        const isOpen = await this.row(label).getAttribute('aria-expanded', { timeout: 30_000 });
        if (isOpen !== 'true') await happens(this.row(label).click({ timeout: 2_000 }));
        return happens(shown.waitFor({ timeout: 2_000 }));
      },
      60_000,
    );
  }

  /** Opens what an entry of the views stands for. */
  async open(label: string, tab: string): Promise<void> {
    const shown = this.tab(tab).first();
    await eventually(
      `the editor ${tab}`,
      async () => {
        // A list that is just being filled loses the click.
        await happens(this.row(label).click({ timeout: 10_000 }));
        return happens(shown.waitFor({ timeout: 10_000 }));
      },
      60_000,
    );
  }

  /** Chooses an entry of the menu that a row has. */
  async choose(label: string, entry: string): Promise<void> {
    await this.chooseFromMenu(entry, () => this.row(label).click({ button: 'right' }));
  }

  private async chooseFromMenu(entry: string, open: () => Promise<void>): Promise<void> {
    const item = this.page.getByRole('menuitem', { name: entry });
    let isClicked = false;
    await eventually(`the choice of "${entry}"`, async () => {
      if (!(await item.isVisible())) {
        if (isClicked) return true;
        // What is above the menu may be drawn anew, which closes it: open it again.
        await open();
        if (!(await happens(item.waitFor({ timeout: 2_000 })))) return false;
      }
      // A menu takes no click while it is just opening.
      isClicked = (await happens(item.click({ timeout: 2_000 }))) || isClicked;
      return isClicked && happens(item.waitFor({ state: 'hidden', timeout: 1_000 }));
    });
  }

  /**
   * Presses a button of the question that stands before everything else.
   * @param picture the name of a screenshot of it
   * @returns what it says
   */
  async answer(button: string, picture?: string): Promise<string> {
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    const text = await dialog.innerText();
    if (picture !== undefined) await this.screenshot(picture);
    await dialog.getByRole('button', { name: button, exact: true }).click();
    return text;
  }

  /** A notification in the list of all; the driver of the tests lets none appear by itself. */
  async notified(text: string | RegExp): Promise<Locator> {
    await this.command('Notifications: Show Notifications');
    const item = this.page.locator('.notification-list-item').filter({ hasText: text }).first();
    await item.waitFor({ timeout: 60_000 });
    return item;
  }

  /** The errors that VS Code has told of and nobody has dismissed, but for its own extensions'. */
  async errors(): Promise<string[]> {
    await this.command('Notifications: Show Notifications');
    await this.page.locator('.notifications-center').waitFor();
    const errors = await this.page
      .locator('.notification-list-item')
      .filter({ has: this.page.locator('.codicon-error') })
      .filter({ hasNotText: 'Source: HTML Language Features' })
      .allInnerTexts();
    await this.command('Notifications: Hide Notifications');
    return errors;
  }

  /** Opens a file of the folder by its path in it. */
  async openFile(path: string): Promise<void> {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const row = this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({
        has: this.page.locator('.label-name', { hasText: new RegExp(`^${escape(name)}$`) }),
      })
      .first();
    await eventually(`the offer of ${path}`, async () => {
      await this.page.keyboard.press('ControlOrMeta+KeyP');
      // By its whole path a file is found that the list of all files does not have yet.
      await this.quickInput
        .fill(join(this.folder, path), { timeout: 2_000 })
        .catch(() => undefined);
      if (await happens(row.click({ timeout: 5_000 }))) return true;
      await this.page.keyboard.press('Escape');
      return false;
    });
    await this.tab(name).first().waitFor();
  }

  /** Chooses one of the active editor's actions: by its button, or from the menu of the others. */
  async editorAction(title: string): Promise<void> {
    const actions = this.page.locator('.editor-group-container.active .editor-actions');
    const button = actions.getByRole('button', { name: title });
    if ((await button.count()) > 0) return button.first().click();
    await this.chooseFromMenu(title, () =>
      actions.getByRole('button', { name: /^More Actions/ }).click(),
    );
  }

  tab(name: string): Locator {
    return this.page.locator('.tabs-container .tab').filter({ hasText: name });
  }

  /** The tab of a file by its name, and not that of its graph. */
  fileTab(name: string): Locator {
    return this.page.locator(`.tabs-container .tab[data-resource-name="${name}"]`);
  }

  /** Puts the cursor of the active editor at the start of a line, counted from 1. */
  async goToLine(line: number): Promise<void> {
    await this.page.keyboard.press('ControlOrMeta+KeyG');
    await this.quickInput.fill(`:${line}`);
    // Enter does nothing until the list knows what the text stands for.
    const list = this.page.locator('.quick-input-widget');
    await eventually(`line ${line}`, async () => {
      if (await list.isVisible()) await this.page.keyboard.press('Enter');
      return happens(list.waitFor({ state: 'hidden', timeout: 2_000 }));
    });
  }

  /** Selects the first place of the active editor that has a text. */
  async find(text: string): Promise<void> {
    const field = this.page.locator('.find-widget.visible textarea').first();
    // An editor that has just been opened may not have the focus yet: ask again.
    await eventually('a field to search in', async () => {
      await this.page.keyboard.press('ControlOrMeta+KeyF');
      return field.waitFor({ timeout: 2_000 }).then(
        () => true,
        () => false,
      );
    });
    await field.fill(''); // what was searched for before is not searched for again
    await field.fill(text);
    await this.page
      .locator('.find-widget.visible .matchesCount', { hasText: /^\d+ of / })
      .waitFor();
    await this.page.keyboard.press('Escape');
  }

  /** Opens the hover at the cursor by its keys: the mouse would bring up that of what it rests on. */
  async hover(text: string | RegExp): Promise<void> {
    await this.settled();
    const shown = this.page.locator('.monaco-hover:visible').filter({ hasText: text }).first();
    await eventually(`a hover with ${text}`, async () => {
      await this.page.keyboard.press('ControlOrMeta+KeyK');
      await this.page.keyboard.press('ControlOrMeta+KeyI');
      return shown.waitFor({ timeout: 2_000 }).then(
        () => true,
        () => false,
      );
    });
  }

  /** Opens a scope of the variables that the debugger shows, until it shows a text. */
  async openVariables(scope: string, text: string): Promise<void> {
    const variables = this.page.locator('.debug-variables');
    const closed = variables
      .locator('.monaco-list-row[aria-expanded=false]')
      .filter({ hasText: scope });
    // A list that is just being filled for a new stop loses what was opened in it: open it again.
    await eventually(`${text} in ${scope}`, async () => {
      if ((await closed.count()) > 0) await happens(closed.first().click({ timeout: 2_000 }));
      return happens(variables.getByText(text).first().waitFor({ timeout: 2_000 }));
    });
  }

  /** All that the open hover says. */
  async hoverText(): Promise<string> {
    return (await this.page.locator('.monaco-hover:visible').allInnerTexts()).join('\n');
  }

  /** What the status bar says of the cursor or selection, e.g. `Ln 4, Col 1`. */
  async cursor(): Promise<string> {
    return this.page.locator('#status\\.editor\\.selection').innerText();
  }

  /** The text that the editors show, as far as it is in sight. */
  async editorText(): Promise<string> {
    const texts = await this.page.locator('.editor-instance .view-lines').allInnerTexts();
    return texts.join('\n').replaceAll('\u00a0', ' ');
  }

  /** How many lines hold a piece of the selection. */
  async selectedLines(): Promise<number> {
    return this.page
      .locator('.editor-instance .view-overlays > div')
      .filter({ has: this.page.locator('.selected-text') })
      .count();
  }

  /** Puts the panel below the editors away, if it is there. */
  async hidePanel(): Promise<void> {
    if (await this.page.locator('.part.panel').isVisible()) await this.command('View: Hide Panel');
  }

  /** Waits until the window has written down which editors are open, which it says nothing of. */
  async remembers(editor: string): Promise<void> {
    const found = `(async () => {
      for (const { name = '' } of await indexedDB.databases()) {
        if (!name.startsWith('vscode-web-state-db')) continue;
        const text = await new Promise((resolve, reject) => {
          const opening = indexedDB.open(name);
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            const database = opening.result;
            const reading = database
              .transaction('ItemTable')
              .objectStore('ItemTable')
              .get('memento/workbench.parts.editor');
            reading.onerror = () => reject(reading.error);
            reading.onsuccess = () => resolve(String(reading.result));
            reading.transaction.oncomplete = () => database.close();
          };
        });
        if (text.includes(${JSON.stringify(editor)})) return true;
      }
      return false;
    })()`;
    await eventually(`the memory of ${editor}`, () => this.page.evaluate<boolean>(found), 90_000);
  }

  /** Takes the pointer from what it hovers over, for a picture of something else. */
  async settled(): Promise<void> {
    await this.page.mouse.move(1150, 17);
  }

  /** The webview's own frame, once it has something with this selector. */
  async webview(selector: string, timeout = 30_000): Promise<Frame> {
    const deadline = Date.now() + timeout;
    for (;;) {
      for (const frame of this.page.frames()) {
        if (!frame.url().includes('fake.html')) continue;
        if ((await frame.locator(selector).count()) > 0) return frame;
      }
      if (Date.now() > deadline) throw new Error(`no webview has ${selector}`);
      await this.page.waitForTimeout(100);
    }
  }

  /** Drops something onto a graph by its address, as an editor hands it over. */
  async dropOn(graph: Frame, uri: string): Promise<void> {
    await graph.evaluate(
      `(() => {
        const data = new DataTransfer();
        data.setData('text/uri-list', ${JSON.stringify(uri)});
        for (const type of ['dragover', 'drop'])
          document.querySelector('.surface').dispatchEvent(
            new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }),
          );
      })()`,
    );
  }

  /** The text of the terminal that is shown. */
  async terminal(): Promise<string> {
    const rows = await this.page
      .locator('.terminal-wrapper.active .xterm-rows > div')
      .allInnerTexts();
    return rows
      .map((row) => row.replaceAll('\u00a0', ' ').trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** Types a command into the terminal that is shown. */
  async typeInTerminal(line: string): Promise<void> {
    await this.page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
    await this.page.keyboard.type(line);
    await this.page.keyboard.press('Enter');
  }

  /** A picture of the whole window, for the documentation. */
  async screenshot(name: string): Promise<void> {
    await this.pictures.take(name);
  }

  /** A picture of what went wrong. */
  async artefact(name: string): Promise<void> {
    await this.pictures.take(name, 'artefact');
  }

  /** The same picture in every theme: always, or for somebody who looks at them. */
  async screenshots(name: string, when?: 'always' | 'asked'): Promise<void> {
    await this.pictures.takeInThemes(name, when);
  }
}

/** A text as a regular expression that matches just it. */
export const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Removes a test's folder, into which a process that is ending may still write. */
export function removeScratch(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
