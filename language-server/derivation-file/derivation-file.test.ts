/** The features of a derivation file, on the fixture closure as it lies on disk. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { describe, expect, it } from 'vitest';
import { nodeHost } from '../server/node-host';
import { DerivationBuildFile } from './derivation-file';

const folder = join(import.meta.dirname, '../../test/fixtures/derivation');
const nameOf = (name: string): string =>
  readdirSync(folder).find((each) => each.endsWith(`-${name}.drv`)) ?? '';
const textOf = (name: string): string => readFileSync(join(folder, nameOf(name)), 'utf8');

function open(name: string, text = textOf(name)): DerivationBuildFile {
  const uri = pathToFileURL(join(folder, nameOf(name))).href;
  const document = TextDocument.create(uri, 'nix-derivation', 1, text);
  return new DerivationBuildFile(
    document,
    nodeHost(undefined, () => undefined),
  );
}

/** The position of a text in a file. */
function at({ document }: DerivationBuildFile, text: string) {
  return document.positionAt(document.getText().indexOf(text) + 1);
}

const lastPart = (uri: string): string => uri.slice(uri.lastIndexOf('/') + 1);

describe('a derivation file', () => {
  it('tells of the thing under the cursor', async () => {
    const card = open('card');
    const hover = await card.hover(at(card, '-greeting.drv'));
    expect(hover?.markdown[0]).toBe('Derivation **greeting** for x86_64-linux');
    expect(card.document.getText(hover?.range)).toMatch(/^\/nix\/store\/\w{32}-greeting\.drv$/);
  });

  it('leads to its inputs, from their names and from what they make', async () => {
    const card = open('card');
    const links = await card.links();
    const made = links.filter(({ range }) => !card.document.getText(range).endsWith('.drv'));
    expect(new Set(links.map(({ target }) => lastPart(target ?? '')))).toEqual(
      new Set([nameOf('greeting'), nameOf('letters')]),
    );
    expect(made.length).toBeGreaterThan(0);
    const [first] = made;
    const definition = first && (await card.definition(first.range.start));
    expect(definition?.uri).toBe(first?.target);
  });

  it('finds those of the folder that are built from it', async () => {
    const letters = open('letters');
    const users = await letters.references({ line: 0, character: 0 });
    expect(users.map(({ uri }) => lastPart(uri)).sort()).toContain(nameOf('card'));
    for (const { uri, range } of users) {
      const text = readFileSync(new URL(uri), 'utf8');
      const document = TextDocument.create(uri, 'nix-derivation', 1, text);
      expect(document.getText(range)).toMatch(/-letters\.drv$/);
    }
  });

  it('offers the path that its contents give, everywhere at once', async () => {
    const changed = open('card', textOf('card').replace('writing', 'Writing'));
    const wrong = (await changed.diagnostics()).find(({ code }) => code === 'wrong-output-path');
    if (wrong === undefined) throw new Error('nothing is wrong');
    const [action] = await changed.codeActions(wrong.range);
    const edits = action?.edit?.changes?.[changed.document.uri] ?? [];
    expect(edits.length).toBeGreaterThan(1);
    const text = TextDocument.applyEdits(changed.document, edits);
    const codes = (await open('card', text).diagnostics()).map(({ code }) => code);
    expect(codes).toEqual(['wrong-derivation-name']);
  });

  it('reads as text', () => {
    expect(open('card').readable()).toMatch(/^# \/nix\/store\/.*-card\.drv\nname: card\n/);
    expect(open('card', 'Derive(').readable()).toBeUndefined();
  });
});
