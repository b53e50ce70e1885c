/**
 * How well our layout orders nodes, against ELK's and Graphviz's, by two measures that are the same for
 * all: crossings between straight lines from node to node, and the points at which the lines cross as
 * they are drawn.
 */
import Elk from 'elkjs/lib/elk.bundled.js';
import type { ElkNode } from 'elkjs/lib/elk.bundled.js';
import { elkAnswer, fromElk, toElk } from '../../webview/picture/elk';
import type { NodeId } from '../../proto/model/build-graph';
import { emptyLayout } from '../../webview/picture/layout';
import type { Box, Layout, LayoutInput, Point } from '../../webview/picture/layout';
import { layeredLayout } from '../../webview/picture/layered';
import { stagedBuild } from '../../webview/picture/made-up-graphs.test-data';
import { runDot } from './graphviz';
import type { Figure } from './report';

/** ELK takes seconds for the largest of them, and minutes for any that is larger. */
const SIZES = [50, 120, 250] as const;
/** Of one graph chance decides, and of three still: the sums of four times three differ by a quarter. */
const SEEDS = 12;

const measures = {
  'straight lines between nodes': straightCrossings,
  'points of the drawn lines': drawnCrossings,
} as const;

export async function crossings(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const size of SIZES) {
    const pictures: { input: LayoutInput; own: Layout; elk: Layout; dot: Layout | undefined }[] =
      [];
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const input = stagedBuild(size, seed);
      const elk = await elkLayout(input);
      pictures.push({ input, own: layeredLayout(input), elk, dot: await dotLayout(input) });
    }
    for (const [name, measure] of Object.entries(measures)) {
      const listed = (of: 'own' | 'elk' | 'dot'): string => {
        const counts = pictures.flatMap(({ input, [of]: layout }) =>
          layout === undefined ? [] : [measure(input, layout)],
        );
        if (counts.length === 0) return 'not here';
        return String(counts.reduce((sum, count) => sum + count, 0));
      };
      figures.push({
        name: `crossings of ${SEEDS} builds of ${size} steps`,
        value: listed('own'),
        note: `${name}; ELK ${listed('elk')}; dot ${listed('dot')}`,
      });
    }
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

/** Graphviz's picture of the same graph; undefined where there is no Graphviz. */
async function dotLayout(input: LayoutInput): Promise<Layout | undefined> {
  const plain = (await runDot(input))?.plain;
  if (plain === undefined) return undefined;
  const nodes = new Map<string, Box>();
  const ways = new Map<string, readonly Point[][]>();
  for (const line of plain.split('\n')) {
    // Inches, which become points so that a point is about a pixel.
    const words = line.split(' ').map((word) => word.replaceAll('"', ''));
    const at = (index: number): Point => ({
      x: 72 * Number(words[index]),
      y: 72 * Number(words[index + 1]),
    });
    const [kind, id = '', to = ''] = words;
    if (kind === 'node') nodes.set(id, { ...at(2), width: 0, height: 0 });
    if (kind !== 'edge') continue;
    const key = `${id} ${to}`;
    const control = Array.from({ length: Number(words[3]) }, (_, index) => at(4 + 2 * index));
    ways.set(key, [...(ways.get(key) ?? []), alongCurves(control)]);
  }
  const drawn = new Map(
    input.edges.map(({ id, from, to }) => [id, ways.get(`${from} ${to}`)?.[0] ?? []]),
  );
  return { ...emptyLayout, nodes, edges: drawn };
}

/** Straight pieces of each of the cubic curves that follow each other. */
const PIECES = 6;

/** Points along a spline: its first point, and three control points for each curve. */
function alongCurves(control: readonly Point[]): Point[] {
  const points = control.slice(0, 1);
  for (let index = 0; index + 3 < control.length; index += 3) {
    const [a, b, c, d] = control.slice(index, index + 4);
    if (a === undefined || b === undefined || c === undefined || d === undefined) break;
    for (let piece = 1; piece <= PIECES; piece += 1) {
      const t = piece / PIECES;
      const along = (of: 'x' | 'y'): number =>
        (1 - t) ** 3 * a[of] +
        3 * (1 - t) ** 2 * t * b[of] +
        3 * (1 - t) * t ** 2 * c[of] +
        t ** 3 * d[of];
      points.push({ x: along('x'), y: along('y') });
    }
  }
  return points;
}

type Line = { readonly from: NodeId; readonly to: NodeId; readonly points: readonly Point[] };
type Segment = { readonly a: Point; readonly b: Point };

const haveCommonEnd = (one: Line, other: Line): boolean =>
  [other.from, other.to].some((end) => end === one.from || end === one.to);

/** Pairs of edges without a common end whose straight lines meet. */
function straightCrossings(input: LayoutInput, { nodes }: Layout): number {
  const lines = input.edges.flatMap(({ from, to }): Line[] => {
    const points = [from, to].flatMap((id) => {
      const box = nodes.get(id);
      return box === undefined ? [] : [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
    });
    return points.length < 2 ? [] : [{ from, to, points }];
  });
  let count = 0;
  eachCrossing(lines, () => (count += 1));
  return count;
}

/**
 * Points at which drawn lines without a common end cross, each counted once, however many lines of one
 * bundle pass it.
 */
function drawnCrossings(input: LayoutInput, { edges }: Layout): number {
  const lines = input.edges.map(({ id, from, to }) => ({ from, to, points: edges.get(id) ?? [] }));
  const met = new Set<string>();
  eachCrossing(lines, ({ x, y }) => met.add(`${Math.round(x)} ${Math.round(y)}`));
  return met.size;
}

function eachCrossing(lines: readonly Line[], crossing: (at: Point) => void): void {
  const segments = lines.map(({ points }) =>
    points.slice(1).flatMap((b, index): Segment[] => {
      const a = points[index];
      return a === undefined ? [] : [{ a, b }];
    }),
  );
  lines.forEach((one, index) => {
    for (let next = index + 1; next < lines.length; next += 1) {
      const other = lines[next];
      if (other === undefined || haveCommonEnd(one, other)) continue;
      for (const mine of segments[index] ?? [])
        for (const its of segments[next] ?? []) {
          const at = crossingOf(mine, its);
          if (at !== undefined) crossing(at);
        }
    }
  });
}

/** Where two segments cross inside of both. */
function crossingOf(one: Segment, other: Segment): Point | undefined {
  const side = ({ x, y }: Point, { a, b }: Segment): number =>
    (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x);
  const [a, b] = [side(one.a, other), side(one.b, other)];
  if (Math.sign(a) * Math.sign(b) >= 0) return undefined;
  if (Math.sign(side(other.a, one)) * Math.sign(side(other.b, one)) >= 0) return undefined;
  const share = a / (a - b);
  return {
    x: one.a.x + share * (one.b.x - one.a.x),
    y: one.a.y + share * (one.b.y - one.a.y),
  };
}
