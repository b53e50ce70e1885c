/** A document of installables beside the fixture closure. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { describe, expect, it } from 'vitest';
import { offlineResolver } from '../dockerfile';
import { nodeHost } from '../server/node-host';
import { InstallablesFile } from './installables-file';

const fixtures = join(import.meta.dirname, '../../test/fixtures');
const nameOf = (name: string): string =>
  readdirSync(join(fixtures, 'derivation')).find((each) => each.endsWith(`-${name}.drv`)) ?? '';

const host = {
  ...nodeHost(undefined, () => undefined),
  // No registry is asked.
  images: () => offlineResolver(),
};

/** A `|` in the text is the cursor. */
function open(marked: string) {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const uri = pathToFileURL(join(fixtures, 'card.installables')).href;
  const document = TextDocument.create(uri, 'nix-installables', 1, text);
  return {
    file: new InstallablesFile(document, host),
    at: document.positionAt(Math.max(0, offset)),
    document,
  };
}

const whole = (name: string): string =>
  `# syntax=example/nix\n{\n  "installables": ["${name}"], // what\n  "store": "derivation",\n}\n`;

describe('a document of installables', () => {
  it('has nothing to report when all it names is there', async () => {
    expect(await open(whole(nameOf('card'))).file.diagnostics()).toEqual([]);
    expect(await open(whole(`${nameOf('letters')}^index`)).file.diagnostics()).toEqual([]);
  });

  it.each([
    {
      what: 'a missing derivation',
      text: whole(`${'0'.repeat(32)}-card.drv`),
      says: 'is not in the store folder',
    },
    {
      what: 'an output that there is not',
      text: whole(`${nameOf('card')}^dev`),
      says: 'has no output dev. It has: out.',
    },
    {
      what: 'an unknown key',
      text: '{"installables": ["x"], "layer": 3}',
      says: 'layer is not allowed',
    },
    { what: 'a wrong type', text: '{"installables": "x"}', says: 'Incorrect type' },
    { what: 'too many layers', text: '{"installables": ["x"], "maxLayers": 300}', says: '127' },
    { what: 'nothing at all', text: '# syntax=example/nix\n', says: 'is the least there can be' },
    { what: 'broken JSON', text: '{"installables": [', says: 'Expected' },
  ])('reports $what', async ({ text, says }) => {
    const found = await open(text).file.diagnostics();
    expect(JSON.stringify(found.map(({ message }) => message))).toContain(says);
  });

  it('offers what the store holds, in place of the string', async () => {
    const { file, at, document } = open('{ "store": "derivation", "installables": ["le|"] }');
    const items = await file.completion(at);
    const letters = items.find(({ label }) => label === 'letters');
    expect(letters?.detail).toBe(nameOf('letters'));
    const edit = letters?.textEdit;
    if (edit === undefined || !('range' in edit)) throw new Error('no edit');
    expect(TextDocument.applyEdits(document, [edit])).toContain(`["${nameOf('letters')}"]`);
  });

  it('offers the keys of the schema', async () => {
    const { file, at } = open('{ "config": { "|" } }');
    const labels = (await file.completion(at)).map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['Env', 'Entrypoint', 'WorkingDir']));
  });

  it('tells of keys and of derivations', async () => {
    const key = open('{ "inst|allables": [] }');
    expect((await key.file.hover(key.at))?.markdown.join('\n')).toContain(
      'What goes into the image',
    );
    const named = open(whole(nameOf('card')).replace('-card', '-ca|rd'));
    expect((await named.file.hover(named.at))?.markdown.join('\n')).toContain(
      'Derivation **card**',
    );
    expect((await named.file.definition(named.at))?.uri).toMatch(/derivation\/\w{32}-card\.drv$/);
  });

  it('has an outline, links, and the graph of what it names', async () => {
    const { file } = open(whole(nameOf('card')));
    expect(file.symbols().map(({ name }) => name)).toEqual(['installables', 'store']);
    expect((await file.links()).map(({ target }) => target)).toHaveLength(1);
    const { graph, notes } = await file.compile({});
    expect(notes).toEqual([]);
    const titles = graph?.nodes.map(({ name }) => name) ?? [];
    expect(titles).toEqual(
      expect.arrayContaining(['build letters', 'build greeting', 'build card']),
    );
  });
});
