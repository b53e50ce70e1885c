/**
 * Memory over 10,000 edits of one file: what the language server holds after each thousand, once
 * the garbage is gone. Started with `--expose-gc`; prints its figures as JSON.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { DockerfileBuildFile } from '../../language-server/dockerfile-build-file';
import { nodeHost } from '../../language-server/server/node-host';
import { useNativeSha256 } from '../../language-server/server/native-sha256';
import { StaticGraphs } from '../../language-server/static-graphs';
import { dockerfileOf } from './made-up-dockerfile';
import type { Figure } from './report';

const LINES = 300;
const EDITS = 10_000;
const EVERY = 1000;
const URI = 'file:///bench/Dockerfile';

/** Words come, lines come and go, an argument changes: all over the file. */
function edited(text: string, edit: number): string {
  const lines = text.split('\n');
  const at = 2 + ((edit * 37) % (lines.length - 2));
  if (edit % 10 === 0) lines.splice(at, 0, `RUN echo ${edit}`);
  else if (edit % 10 === 5) lines.splice(at, 1);
  else lines[at] = `${(lines[at] ?? '').replace(/ # \d+$/, '')} # ${edit}`;
  return lines.join('\n');
}

async function main(collect: () => void): Promise<Figure> {
  useNativeSha256();
  const host = nodeHost(undefined, () => undefined);
  const graphs = new StaticGraphs(() => undefined);
  let text = dockerfileOf(LINES);
  let file = new DockerfileBuildFile(TextDocument.create(URI, 'dockerfile', 0, text), host);
  await graphs.request(file, {});
  const megabytes: string[] = [];
  for (let edit = 0; edit <= EDITS; edit++) {
    if (edit % EVERY === 0) {
      collect();
      // What weak tables let go of is gone a turn later.
      await turn();
      collect();
      const { heapUsed, rss } = process.memoryUsage();
      megabytes.push(`${(heapUsed / 2 ** 20).toFixed(1)}/${(rss / 2 ** 20).toFixed(0)}`);
    }
    // A file that has gone to pieces begins anew.
    text = edit % 500 === 499 ? dockerfileOf(LINES) : edited(text, edit);
    const document = TextDocument.create(URI, 'dockerfile', edit + 1, text);
    file = new DockerfileBuildFile(document, host, file);
    await Promise.all([graphs.update(file), file.diagnostics()]);
  }
  return {
    name: `memory over ${EDITS} edits, ${LINES} lines`,
    value: `${megabytes.at(-1)} MB`,
    note: `heap/RSS after GC, each ${EVERY} edits: ${megabytes.join(', ')}`,
  };
}

const collect: unknown = Reflect.get(globalThis, 'gc');
if (typeof collect !== 'function') throw new Error('start this with --expose-gc');
void main(() => {
  Reflect.apply(collect, undefined, []);
}).then((figure) => {
  console.log(JSON.stringify([figure]));
});
