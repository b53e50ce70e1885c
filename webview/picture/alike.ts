/**
 * Where titles that begin alike begin to differ: cut at its end, each would say the same as its
 * neighbours, and only what comes later tells them apart.
 */
import type { BuildGraph, GraphNode } from '../../proto/model/build-graph';
import { ellipsize, titleOf } from './display-text';
import type { TextMeasure, Title } from './display-text';

/** In larger pictures few titles are near enough to be read, and names are too many to be compared. */
const MOST_NODES = 2000;
/** What tells titles apart begins with its word, unless that is longer before the difference. */
const LONGEST_WORD = 8;
/** Up to this share of the line for the end, the beginning is shown as well. */
const END = 0.65;

const known = new WeakMap<readonly GraphNode[], ReadonlyMap<string, number>>();

/** The rest of a title as far as it fits, without its beginning where others begin alike. */
export function fittingRest(
  { nodes }: BuildGraph,
  { keyword, rest }: Title,
  room: number,
  measure: TextMeasure,
): string {
  const shown = ellipsize(rest, room, 'title', measure);
  if (shown === rest || nodes.length > MOST_NODES) return shown;
  let differences = known.get(nodes);
  if (differences === undefined) known.set(nodes, (differences = differencesOf(nodes)));
  const from = differences.get(`${keyword} ${rest}`) ?? 0;
  if (from < shown.length - 1) return shown;
  const start = wordAt(rest, from);
  const end = `…${rest.slice(start)}`;
  const taken = measure(end, 'title');
  if (taken > END * room) return ellipsize(end, room, 'title', measure);
  return `${ellipsize(rest.slice(0, start), room - taken, 'title', measure).replace(/…$/, '')}${end}`;
}

/** By title, how much of its rest it has in common with the one that is most like it. */
function differencesOf(nodes: readonly GraphNode[]): ReadonlyMap<string, number> {
  const titles = new Map(
    nodes.map(({ name, kind }) => {
      const { keyword, rest } = titleOf(name, kind);
      return [`${keyword} ${rest}`, keyword.length + 1] as const;
    }),
  );
  const sorted = [...titles.keys()].sort();
  return new Map(
    sorted.map((title, index) => {
      const common = Math.max(
        commonStart(title, sorted[index - 1] ?? ''),
        commonStart(title, sorted[index + 1] ?? ''),
      );
      return [title, Math.max(0, common - (titles.get(title) ?? 0))];
    }),
  );
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** Where the word begins that goes on at a place of a text. */
function wordAt(text: string, at: number): number {
  const word = /[\p{L}\p{N}\p{M}]*$/u.exec(text.slice(0, at))?.[0].length ?? 0;
  const start = at - Math.min(word, LONGEST_WORD);
  // Not between the two halves of a character.
  return /[\udc00-\udfff]/.test(text[start] ?? '') ? start - 1 : start;
}
