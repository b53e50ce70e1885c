/**
 * How well our layout orders nodes, against ELK's: crossings between straight lines from node to
 * node, which is the same measure for both.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import Elk from 'elkjs/lib/elk.bundled.js';
import type { ElkNode } from 'elkjs/lib/elk.bundled.js';
import { elkAnswer, fromElk, toElk } from '../../webview/picture/elk';
import { emptyLayout } from '../../webview/picture/layout';
import type { Layout, LayoutInput } from '../../webview/picture/layout';
import { layeredLayout } from '../../webview/picture/layered';
import { stagedBuild } from '../../webview/picture/made-up-graphs.test-data';
import type { Figure } from './report';

/** ELK takes seconds for the largest of them, and minutes for any that is larger. */
const SIZES = [50, 120, 250] as const;
/** Of one graph chance decides; of some there is a sum. */
const SEEDS = [1, 2, 3] as const;

export async function crossings(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const size of SIZES) {
    const counts: { own: number; elk: number; dot: number | undefined }[] = [];
    for (const seed of SEEDS) {
      const input = stagedBuild(size, seed);
      counts.push({
        own: straightCrossings(input, layeredLayout(input)),
        elk: straightCrossings(input, await elkLayout(input)),
        dot: dotCrossings(input),
      });
    }
    const listed = (of: readonly (number | undefined)[]): string =>
      of.some((one) => one === undefined) ? 'not here' : of.join(' + ');
    figures.push({
      name: `crossings of ${SEEDS.length} builds of ${size} steps`,
      value: String(counts.reduce((sum, { own }) => sum + own, 0)),
      note:
        `straight lines between nodes; ${listed(counts.map(({ own }) => own))}; ` +
        `ELK ${listed(counts.map(({ elk }) => elk))}; dot ${listed(counts.map(({ dot }) => dot))}`,
    });
  }
  return figures;
}

/** As the page asks it to tidy. */
async function elkLayout(input: LayoutInput): Promise<Layout> {
  // ELK writes into the graph it is given, and its types have no read-only arrays.
  const graph: unknown = structuredClone(toElk(input, { fileOrder: false }));
  if (!isElkNode(graph)) throw new Error('not a graph');
  const data: unknown = await new Elk().layout(graph);
  const answer = elkAnswer({ id: 0, data });
  if (answer === undefined || !('graph' in answer)) throw new Error('ELK gave no graph');
  return fromElk(answer.graph);
}

const isElkNode = (value: unknown): value is ElkNode =>
  typeof value === 'object' && value !== null && 'id' in value;

/**
 * Graphviz's picture of the same graph, from the text that its `plain` format is; undefined where
 * there is no Graphviz.
 */
function dotCrossings(input: LayoutInput): number | undefined {
  const program = '/usr/bin/dot';
  if (!existsSync(program)) return undefined;
  const text = [
    'digraph { node [shape=box width=3.8 height=0.7 label=""];',
    ...input.nodes.map(({ id }) => `"${id}";`),
    ...input.edges.map(({ from, to }) => `"${from}" -> "${to}";`),
    '}',
  ].join('\n');
  const plain = execFileSync(program, ['-Tplain'], { input: text, encoding: 'utf8' });
  const nodes = new Map(
    plain.split('\n').flatMap((line) => {
      const [kind, id = '', x, y] = line.split(' ');
      if (kind !== 'node') return [];
      const place = { x: Number(x), y: Number(y), width: 0, height: 0 };
      return [[id.replaceAll('"', ''), place] as const];
    }),
  );
  return straightCrossings(input, { ...emptyLayout, nodes });
}

/** Pairs of edges without a common end whose straight lines meet. */
function straightCrossings(input: LayoutInput, layout: Layout): number {
  const lines = input.edges.flatMap(({ from, to }) => {
    const [a, b] = [layout.nodes.get(from), layout.nodes.get(to)];
    if (a === undefined || b === undefined) return [];
    return [
      {
        from,
        to,
        ax: a.x + a.width / 2,
        ay: a.y + a.height / 2,
        bx: b.x + b.width / 2,
        by: b.y + b.height / 2,
      },
    ];
  });
  let count = 0;
  lines.forEach((one, index) => {
    for (const other of lines.slice(index + 1)) {
      if ([other.from, other.to].some((end) => end === one.from || end === one.to)) continue;
      const side = (x: number, y: number, line: typeof one): number =>
        Math.sign((line.bx - line.ax) * (y - line.ay) - (line.by - line.ay) * (x - line.ax));
      if (
        side(one.ax, one.ay, other) * side(one.bx, one.by, other) < 0 &&
        side(other.ax, other.ay, one) * side(other.bx, other.by, one) < 0
      )
        count += 1;
    }
  });
  return count;
}
