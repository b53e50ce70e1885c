/** Where things stand inside a card, and what its lines say; the same for every painter. */
import type { BuildGraph, GraphNode, NodeStatus } from '../../proto/model/build-graph';
import { fittingRest } from './alike';
import { nameOf, statusParts } from './describe';
import { displayText, ellipsize, titleOf } from './display-text';
import type { TextMeasure } from './display-text';
import type { Picture } from './painter';
import { NEAR } from './reading';
import { runsOn } from './view/runs-on';

/** In pixels from the card's upper left corner. */
export const TILE = { x: 9, y: 9, size: 28, radius: 7 } as const;
/** A kind's icon of 16 by 16 in the middle of the tile. */
export const ICON = { x: 15, y: 15 } as const;
export const TEXT_LEFT = 46;
export const TITLE_BASE = 20;
export const DETAIL_BASE = 35;
export const BADGE = 16;
export const BADGE_RIGHT = 11;
export const BADGE_TOP = 8;

/** The cards that lie below that of a fold, the lowest first: how much narrower and lower each of them is. */
export const STACK = [
  { inset: 8, below: 8 },
  { inset: 4, below: 4 },
] as const;

/** All cards of a picture are equal, so that chains stand in straight columns. */
export const CARD = { width: 224, height: 46 } as const;
const WIDTH = { least: 192, most: 256, step: 8 } as const;
/** So large a share of the titles fits wholly. */
const FITTING = 0.75;
/** No more titles than that are measured. */
const MOST_MEASURED = 300;

/**
 * The width of a graph's cards: as much as most titles need. Narrow cards let more of a graph be
 * read beside an editor.
 */
export function cardWidth({ nodes }: BuildGraph, measure: TextMeasure): number {
  const every = Math.ceil(nodes.length / MOST_MEASURED);
  const widths = nodes
    .filter((_, index) => index % every === 0)
    .map(({ name, kind }) => {
      const { keyword, rest } = titleOf(name, kind);
      return measure(`${keyword}\u00a0`, 'keyword') + measure(rest, 'title');
    })
    .sort((a, b) => a - b);
  const room = widths[Math.ceil(widths.length * FITTING) - 1] ?? 0;
  const wanted = TEXT_LEFT + room + 8 + BADGE + BADGE_RIGHT;
  const stepped = Math.ceil(wanted / WIDTH.step) * WIDTH.step;
  return Math.min(WIDTH.most, Math.max(WIDTH.least, stepped));
}

export type CardTexts = {
  readonly left: number;
  readonly base: number;
  readonly keyword: string;
  /** The keyword's width with the blank after it. */
  readonly keywordWidth: number;
  readonly rest: string;
  /** Empty from afar. */
  readonly detail: string;
};

/** The texts of a card as far as they fit. */
export function cardTexts(
  node: GraphNode,
  status: NodeStatus,
  width: number,
  picture: Pick<Picture, 'graph' | 'measure' | 'texts' | 'now' | 'folds' | 'reading'>,
): CardTexts {
  const { measure, texts, now, folds, graph, reading = NEAR } = picture;
  const { scale } = reading;
  const left = reading.name === 'farther' ? TILE.x + 4 : TEXT_LEFT;
  const room = (width - left - BADGE_RIGHT - badgeSize(reading.name) - 6) / scale;
  const steps = folds?.get(node.id)?.members.length;
  const { keyword, rest } =
    node.name === ''
      ? { keyword: nameOf(node, steps, texts), rest: '' }
      : titleOf(node.name, node.kind);
  const head = ellipsize(keyword, room, 'keyword', measure);
  const used = head === '' ? 0 : measure(`${head}\u00a0`, 'keyword');
  const marks =
    ((status.warnings?.length ?? 0) > 0 ? 1 : 0) + (foretoldOf(status) === undefined ? 0 : 1);
  const marked = reading.name === 'farther' ? 0 : marks * (BADGE + 6);
  // The name of a group says what its steps run on, but not what they build for.
  const isTold = node.group !== undefined && node.platform === runsOn(node);
  const platform = !isTold && severalPlatforms(graph) ? node.platform : undefined;
  const detail =
    reading.name === 'near'
      ? statusParts(
          node,
          status,
          now,
          texts,
          steps,
          platform === undefined ? '' : displayText(platform),
        ).join(' · ')
      : '';
  return {
    left,
    base: reading.name === 'near' ? TITLE_BASE : CARD.height / 2 + 4.5 * scale,
    keyword: head,
    keywordWidth: used * scale,
    rest: fittingRest(graph, { keyword, rest }, room - used - marked / scale, measure),
    detail: ellipsize(detail, width - left - BADGE_RIGHT, 'detail', measure),
  };
}

/** The prediction that is worth a sign of its own beside that of the state. */
export function foretoldOf({ state, prediction }: NodeStatus): 'run' | 'unknown' | undefined {
  const outcome = prediction?.outcome;
  if (outcome === undefined || outcome === 'cached' || state.startsWith('predicted')) {
    return undefined;
  }
  // Of a step that was never built nothing is expected anyway.
  return outcome === 'unknown' && state === 'unknown' ? undefined : outcome;
}

/** The side of a state's sign, which is larger from afar. */
export function badgeSize(name: 'near' | 'far' | 'farther'): number {
  return name === 'near' ? BADGE : name === 'far' ? BADGE * 1.25 : BADGE * 1.6;
}

/** Where the sign's upper left corner is: at the title's height. */
export function badgeTop(name: 'near' | 'far' | 'farther'): number {
  return name === 'near' ? BADGE_TOP : (CARD.height - badgeSize(name)) / 2;
}

const platformCounts = new WeakMap<readonly GraphNode[], boolean>();

/** Whether a platform tells steps apart; the only one needs no mention on every card. */
function severalPlatforms({ nodes }: BuildGraph): boolean {
  let several = platformCounts.get(nodes);
  if (several === undefined) {
    several = new Set(nodes.flatMap((node) => runsOn(node) ?? [])).size > 1;
    platformCounts.set(nodes, several);
  }
  return several;
}
