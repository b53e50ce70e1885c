/**
 * From a keystroke to the graph: what the language server does between an edit and its patch,
 * in process, so that only its own CPU time counts.
 */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { DockerfileBuildFile } from '../../language-server/dockerfile-build-file';
import { nodeHost } from '../../language-server/server/node-host';
import { useNativeSha256 } from '../../language-server/server/native-sha256';
import { StaticGraphs } from '../../language-server/static-graphs';
import { dockerfileOf } from './made-up-dockerfile';
import { amount, median, type Figure } from './report';

const LENGTHS = [30, 300, 3000];
/** A server that one types into is warm; the first edit of all is told apart. */
const WARM_UP = 100;
const EDITS = 100;
const URI = 'file:///bench/Dockerfile';

/** A kind of edit in the middle of a file: the text of each edit, counted from 1. */
type Editing = { readonly name: string; readonly edit: (text: string, count: number) => string };

/** Types a word behind the first line with a beginning, letter by letter. */
const typing = (name: string, beginning: string, before = ''): Editing => ({
  name,
  edit(text, count) {
    const at = lineEnd(text, beginning) - before.length;
    return `${text.slice(0, at)}${'x'.repeat(count)}${text.slice(at)}`;
  },
});

/** In files of all lengths. */
const word: Editing = typing('a keystroke in a RUN', 'RUN test');
/** In the longest file only. */
const others: readonly Editing[] = [
  typing('a keystroke in an ENV', 'ENV PART'),
  typing('a keystroke in an ARG', 'ARG JOBS'),
  typing('a keystroke in a COPY', 'COPY src', '/'),
  typing('a keystroke in a comment', '# What'),
  typing('a keystroke in a FROM', 'FROM '),
  {
    name: 'a blank line that comes and goes',
    edit(text, count) {
      const at = lineEnd(text, 'RUN test');
      return `${text.slice(0, at)}${'\n'.repeat(count % 2)}${text.slice(at)}`;
    },
  },
  {
    name: 'a RUN that comes and goes',
    edit(text, count) {
      const at = lineEnd(text, 'RUN test');
      return `${text.slice(0, at)}${count % 2 === 0 ? '' : `\nRUN echo ${count}`}${text.slice(at)}`;
    },
  },
  {
    name: 'a line that is not an instruction yet',
    edit(text, count) {
      const at = lineEnd(text, 'RUN test');
      return `${text.slice(0, at)}\nR${'U'.repeat(count)}${text.slice(at)}`;
    },
  },
];

/** The end of the first line in the second half of a text that begins so. */
function lineEnd(text: string, beginning: string): number {
  const line = text.indexOf(`\n${beginning}`, text.length / 2);
  if (line < 0) throw new Error(`no line begins with ${beginning}`);
  return text.indexOf('\n', line + 1);
}

async function keystrokes(): Promise<Figure[]> {
  useNativeSha256();
  const figures: Figure[] = [];
  for (const lines of LENGTHS) figures.push(await keystroke(word, lines));
  for (const editing of others) figures.push(await keystroke(editing, Math.max(...LENGTHS)));
  return figures;
}

async function keystroke({ name, edit }: Editing, lines: number): Promise<Figure> {
  const host = nodeHost(undefined, () => undefined);
  let sent = 0;
  let changed = 0;
  const graphs = new StaticGraphs(({ patch: { upserts = [], changes = [] } }) => {
    sent++;
    changed = Math.max(changed, upserts.length + changes.length);
  });
  const text = dockerfileOf(lines);
  let last: DockerfileBuildFile | undefined;
  const open = (version: number, content: string): DockerfileBuildFile =>
    (last = new DockerfileBuildFile(
      TextDocument.create(URI, 'dockerfile', version, content),
      host,
      last,
    ));
  const { graph } = await graphs.request(open(1, text), {});
  const times: number[] = [];
  for (let count = 1; count <= WARM_UP + EDITS; count += 1) {
    const file = open(count + 1, edit(text, count));
    const before = process.cpuUsage();
    await Promise.all([graphs.update(file), file.diagnostics()]);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  if (sent !== WARM_UP + EDITS) throw new Error('an edit made no patch');
  const warm = times.slice(WARM_UP);
  return {
    name: `${name}, ${lines} lines: graph and diagnostics`,
    value: amount(median(warm), 'ms CPU'),
    note: `least ${amount(Math.min(...warm), 'ms')}; ${graph.nodes.length} nodes, at most ${changed} changed; first ${amount(times[0] ?? 0, 'ms')}`,
  };
}

void keystrokes().then((figures) => console.log(JSON.stringify(figures)));
