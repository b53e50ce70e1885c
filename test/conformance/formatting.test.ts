/** Formatting a Dockerfile changes how it looks, never what is built: held over the whole corpus. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { expect, test } from 'vitest';
import { runBatchCase } from '../../language-server/dockerfile';
import { DockerfileView } from '../../language-server/dockerfile-view';
import { formatDocument } from '../../language-server/features/formatting';
import { available, caseNames, readCase } from './dockerfile-data';

test.skipIf(!available)('formatting never changes what is built', async () => {
  let changed = 0;
  for (const name of caseNames()) {
    const { dockerfile: bytes } = readCase(name).input;
    const text = typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes);
    // Bytes that are not UTF-8 do not survive an editor.
    if (text.includes('\ufffd')) continue;
    const document = TextDocument.create('file:///Dockerfile', 'dockerfile', 1, text);
    const style = { keywords: 'upper', indentContinuations: true } as const;
    const format = (one: TextDocument): string => {
      const options = { tabSize: 4, insertSpaces: true, insertFinalNewline: true };
      return TextDocument.applyEdits(one, formatDocument(new DockerfileView(one), options, style));
    };
    const formatted = format(document);
    if (formatted === text) continue;
    changed += 1;
    const again = TextDocument.create('file:///Dockerfile', 'dockerfile', 2, formatted);
    expect(format(again), name).toBe(formatted);
    const digests = async (dockerfile: string) =>
      (await runBatchCase({ name, dockerfile, options: {} }, {})).results;
    expect(await digests(formatted), name).toEqual(await digests(text));
  }
  expect(changed).toBeGreaterThan(20);
});
