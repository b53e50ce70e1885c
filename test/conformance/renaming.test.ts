/** Renaming changes what a Dockerfile says, never what is built: held over the whole corpus. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { expect, test } from 'vitest';
import { runBatchCase, type CompileOptions } from '../../language-server/dockerfile';
import type { Occurrence } from '../../language-server/dockerfile/occurrences/occurrence';
import { DockerfileView } from '../../language-server/dockerfile-view';
import { rename } from '../../language-server/features/rename';
import { available, caseNames, readCase } from './dockerfile-data';

const uri = 'file:///Dockerfile';
const free = 'zz_free';
/** Names tried in each file: some have hundreds of a kind. */
const most = 3;
/** Longer ones are about length. */
const longest = 8000;
const document = (text: string) => TextDocument.create(uri, 'dockerfile', 1, text);

test.skipIf(!available)(
  'a stage’s new name builds the same, and its old one is the text',
  async () => {
    let renamed = 0;
    for (const name of caseNames()) {
      const { dockerfile: bytes, options } = readCase(name).input;
      const text = typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes);
      // Bytes that are not UTF-8 do not survive an editor.
      if (text.includes('\ufffd') || text.length > longest) continue;
      const digests = async (dockerfile: string) =>
        (await runBatchCase({ name, dockerfile, options }, {})).results;
      let before: Awaited<ReturnType<typeof digests>> | undefined;
      for (const { span, kind } of firstPlaces(text).slice(0, most)) {
        const old = text.slice(span.start, span.end);
        // What a name is written with across lines, or refused for, is not written again.
        if (!/^[a-z]\w*$/i.test(old)) continue;
        const after = withName(text, span.start, free);
        renamed += 1;
        expect(withName(after, span.start, old).toLowerCase(), name).toBe(text.toLowerCase());
        if (kind !== 'stage' || isAskedFor(old, options)) continue;
        before ??= await digests(text);
        expect(await digests(after), `${name}: ${old}`).toEqual(before);
      }
    }
    expect(renamed).toBeGreaterThan(300);
  },
);

/** Of every name that can be renamed, the first place that it stands at. */
function firstPlaces(text: string): Occurrence[] {
  const all = new DockerfileView(document(text)).occurrences.all();
  const known = new Set<unknown>();
  return all.flatMap(({ occurrence, name }) => {
    if (known.has(name) || !occurrence.renamed) return [];
    known.add(name);
    return [occurrence];
  });
}

function withName(text: string, offset: number, newName: string): string {
  const opened = document(text);
  const edit = rename(new DockerfileView(opened), opened.positionAt(offset), newName);
  return TextDocument.applyEdits(opened, edit?.changes?.[uri] ?? []);
}

/** Whether the build names a stage from outside: as its target, a context, or where its time is. */
function isAskedFor(stage: string, { target, contexts = {}, buildArgs = {} }: CompileOptions) {
  const outside = [target, ...Object.keys(contexts), ...Object.values(buildArgs)];
  return outside.some((one) => one?.toLowerCase() === stage.toLowerCase());
}
