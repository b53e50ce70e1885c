import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { runBatchCase } from '../dockerfile';
import { DockerfileView } from '../dockerfile-view';
import { formatDocument } from './formatting';

const corpus = join(import.meta.dirname, '../../../shared/conformance/dockerfile/cases');

test.skipIf(!existsSync(corpus))('formatting never changes what is built', async () => {
  let changed = 0;
  for (const name of readdirSync(corpus)) {
    const text = readFileSync(join(corpus, name, 'Dockerfile'), 'utf8');
    // Bytes that are not UTF-8 do not survive an editor.
    if (text.includes('\ufffd')) continue;
    const document = TextDocument.create('file:///Dockerfile', 'dockerfile', 1, text);
    const style = { keywords: 'upper', indentContinuations: true } as const;
    const edits = formatDocument(
      new DockerfileView(document),
      { tabSize: 4, insertSpaces: true },
      style,
    );
    const formatted = TextDocument.applyEdits(document, edits);
    if (formatted === text) continue;
    changed += 1;
    const digests = async (dockerfile: string) =>
      (await runBatchCase({ name, dockerfile, options: {} }, {})).results;
    expect(await digests(formatted), name).toEqual(await digests(text));
  }
  expect(changed).toBeGreaterThan(20);
});
