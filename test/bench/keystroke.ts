/**
 * From a keystroke to the graph: what the language server does between an edit and its patch,
 * in process, so that only its own CPU time counts.
 */
import { TextDocument } from 'vscode-languageserver-textdocument';
import { DockerfileBuildFile } from '../../language-server/dockerfile-build-file';
import { nodeHost } from '../../language-server/server/node-host';
import { useNativeSha256 } from '../../language-server/server/native-sha256';
import { StaticGraphs } from '../../language-server/static-graphs';
import type { GraphPatchParams } from '../../proto/messages/language-server';
import { dockerfileOf } from './made-up-dockerfile';
import { amount, median, type Figure } from './report';

const LENGTHS = [30, 300, 3000];
/** A server that one types into is warm; the first edit of all is told apart. */
const WARM_UP = 100;
const EDITS = 100;
const URI = 'file:///bench/Dockerfile';

async function keystrokes(): Promise<Figure[]> {
  useNativeSha256();
  const figures: Figure[] = [];
  for (const lines of LENGTHS) figures.push(await keystroke(lines));
  return figures;
}

/** Types a word into a RUN in the middle of the file, letter by letter. */
async function keystroke(lines: number): Promise<Figure> {
  const host = nodeHost(undefined, () => undefined);
  let sent = 0;
  let patch: GraphPatchParams['patch'] = {};
  const graphs = new StaticGraphs((params) => {
    sent++;
    ({ patch } = params);
  });
  const text = dockerfileOf(lines);
  const at = text.indexOf('\n', text.indexOf('RUN test', text.length / 2));
  let last: DockerfileBuildFile | undefined;
  const open = (version: number, inserted: string) =>
    (last = new DockerfileBuildFile(
      TextDocument.create(
        URI,
        'dockerfile',
        version,
        text.slice(0, at) + inserted + text.slice(at),
      ),
      host,
      last,
    ));
  const { graph } = await graphs.request(open(1, ''), {});
  const times: number[] = [];
  for (let edit = 1; edit <= WARM_UP + EDITS; edit += 1) {
    const file = open(edit + 1, ' ' + 'x'.repeat(edit));
    const before = process.cpuUsage();
    await Promise.all([graphs.update(file), file.diagnostics()]);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  const { upserts = [], changes = [] } = patch;
  const changed = upserts.length + changes.length;
  if (sent !== WARM_UP + EDITS || changed === 0) throw new Error('the edits changed no graph');
  return {
    name: `keystroke → graph and diagnostics, ${lines} lines`,
    value: amount(median(times.slice(WARM_UP)), 'ms CPU'),
    note: `least ${amount(Math.min(...times.slice(WARM_UP)), 'ms')}; ${graph.nodes.length} nodes, ${changed} changed; first ${amount(times[0] ?? 0, 'ms')}`,
  };
}

void keystrokes().then((figures) => console.log(JSON.stringify(figures)));
