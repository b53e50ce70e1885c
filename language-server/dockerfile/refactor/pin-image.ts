/** Images by digest: what was resolved today is what every build gets. */
import { insert, type TextEdit } from '../lint/fixes/fix';
import { formatReference, parseNormalized, withDefaultTag } from '../names/image-reference';
import { stageTable } from '../occurrences/stages';
import type { SyntaxTree } from '../parser/syntax-tree';
import type { Span } from '../text/span';

export type PinnableImage = {
  /** As written. */
  readonly name: string;
  /** The full reference to resolve. */
  readonly ref: string;
  readonly span: Span;
};

/** The images that a selection touches and that have no digest: behind FROM and `--from=`. */
export function pinnableImages(tree: SyntaxTree, { start, end }: Span): PinnableImage[] {
  const { stages, references } = stageTable(tree);
  const places = [
    ...stages.flatMap(({ image, base }) => (base === undefined && image ? [image] : [])),
    ...references.flatMap(({ kind, target, byIndex, text, span }) =>
      kind !== 'from' && target === undefined && !byIndex ? [{ ...span, text }] : [],
    ),
  ];
  return places.flatMap((place): PinnableImage[] => {
    if (place.start > end || start > place.end) return [];
    const ref = fullReference(place.text);
    if (ref === undefined) return [];
    return [{ name: place.text, ref, span: { start: place.start, end: place.end } }];
  });
}

export function pinEdit({ span }: PinnableImage, digest: string): TextEdit {
  return insert(span.end, `@${digest}`);
}

function fullReference(text: string): string | undefined {
  if (text === 'scratch' || text.includes('$') || text.includes('@')) return undefined;
  try {
    return formatReference(withDefaultTag(parseNormalized(text)));
  } catch {
    return undefined; // no reference at all: the build says so
  }
}
