/**
 * Untrusted names made fit for one line of a picture: no control characters, no direction tricks,
 * cut to a width.
 */
import type { NodeKind } from '../../proto/model/build-graph';

/** The pieces of text a picture sets, each in its own font. */
export type FontRole = 'title' | 'keyword' | 'detail' | 'group';

/** The width in pixels of a text in the font of a role. */
export type TextMeasure = (text: string, role: FontRole) => number;

// C0 and C1 controls, and the marks that reorder or hide neighbouring text.
// eslint-disable-next-line no-control-regex -- exactly these are to be found
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Joiners where writing needs them: between the parts of an emoji, and between letters of scripts whose
 * letters join (the contexts that UAX #31 allows them in).
 */
const joiner = new RegExp(
  [
    '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})',
    '(?<=[\\p{L}\\p{M}])(?<!\\p{Script=Latin})[\\u200c\\u200d](?=\\p{L})(?!\\p{Script=Latin})',
  ].join('|'),
  'uy',
);

/** One line of plain text: blanks and line ends become single blanks, other controls show as �. */
export function displayText(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.replace(unsafe, (mark, at: number) => (joins(line, at) ? mark : '\ufffd'));
}

/** Whether the mark at an offset is a joiner in its place. */
function joins(line: string, at: number): boolean {
  if (line[at] !== '\u200c' && line[at] !== '\u200d') return false;
  joiner.lastIndex = at;
  return joiner.test(line);
}

/** A node's name apart: the instruction's word, if it starts with one, and the rest. */
export type Title = { readonly keyword: string; readonly rest: string };

/**
 * `RUN make` is the keyword `RUN` and the rest `make`; other names have no keyword. An instruction's
 * flags are left out, since on a card its subject counts; what is copied from elsewhere is named as
 * `docker cp` names it: `COPY --from=build /a /b` is `COPY build:/a /b`.
 */
export function titleOf(name: string, kind: NodeKind): Title {
  const text = displayText(name);
  const match = /^([A-Z][A-Z-]+)(?: (.*))?$/.exec(text);
  const keyword = match?.[1] ?? '';
  const rest = match === null ? text : withoutFlags(match[2] ?? '');
  return { keyword, rest: kind === 'image' ? shortReference(rest) : rest };
}

function withoutFlags(text: string): string {
  let from: string | undefined;
  let rest = text;
  for (;;) {
    const flag = /^(--[a-z][a-z.-]*)(?:=(\S*))?(?: (.+))$/.exec(rest);
    if (flag === null) break;
    if (flag[1] === '--from') from = flag[2];
    rest = flag[3] ?? '';
  }
  if (from === undefined || from === '') return rest;
  const source = shortReference(from);
  return rest.startsWith('[') ? `${source}: ${rest}` : `${source}:${rest}`;
}

/** An image reference as people say it: without Docker Hub's default prefix and most of the digest. */
function shortReference(reference: string): string {
  return reference
    .replace(/(^|\s|\/\/)docker\.io\/library\//, '$1')
    .replace(/@sha256:([0-9a-f]{8})[0-9a-f]{56}/, '@$1');
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** More characters than any line shows; a name may be a whole script. */
const MAX_SHOWN = 400;

/** The longest beginning of `text` that fits in `width` pixels, with an ellipsis where it was cut. */
export function ellipsize(
  text: string,
  width: number,
  role: FontRole,
  measure: TextMeasure,
): string {
  if (text === '' || measure(text, role) <= width) return text;
  const characters = Array.from(
    graphemes.segment(text.slice(0, MAX_SHOWN)),
    (each) => each.segment,
  );
  let fits = 0;
  let tooMuch = characters.length;
  while (fits + 1 < tooMuch) {
    const middle = (fits + tooMuch) >> 1;
    const piece = `${characters.slice(0, middle).join('')}…`;
    if (measure(piece, role) <= width) fits = middle;
    else tooMuch = middle;
  }
  return `${characters.slice(0, fits).join('').trimEnd()}…`;
}

const pixels: Readonly<Record<FontRole, number>> = {
  title: 13,
  keyword: 13,
  detail: 11,
  group: 12,
};

/**
 * Widths without a font at hand (a file written by the CLI): averages of common sans-serif fonts,
 * on the wide side so that text rather ends early than runs out of its card.
 */
export const approximateMeasure: TextMeasure = (text, role) => {
  let em = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code > 0x2e7f) em += 1;
    else if (/[ijl.,:;'|!ft()[\]/ I-]/.test(character)) em += 0.36;
    else if (/[mwMW@%]/.test(character)) em += 0.9;
    else if (/[A-Z]/.test(character)) em += 0.68;
    else em += 0.57;
  }
  return em * pixels[role] * (role === 'keyword' || role === 'group' ? 1.06 : 1);
};
