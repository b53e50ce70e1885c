/** The exec form: a JSON array of strings in place of words. */
import { asRunes } from '../text/bytes';
import { skipSpace } from '../text/go';

export type JsonWord = { readonly text: string; readonly start: number; readonly end: number };

/** BuildKit's words for an array that holds something else. */
export const notStrings = 'when using JSON array syntax, arrays must be comprised of strings only';

/**
 * Reads a text as a JSON array of strings; undefined when it is not a JSON array at all.
 * @throws Error ({@link notStrings}) for a valid array with other values.
 */
export function parseJsonArray(text: string): readonly JsonWord[] | undefined {
  const start = skipSpace(text);
  if (text[start] !== '[') return undefined;
  let values: unknown;
  try {
    values = JSON.parse(text.slice(start));
  } catch {
    return undefined; // Not JSON: the text is taken as words.
  }
  if (!Array.isArray(values)) return undefined;
  const places = stringPlaces(text, start + 1);
  return values.map((value: unknown, index) => {
    if (typeof value !== 'string') throw new Error(notStrings);
    const place = places[index] ?? { start, end: text.length };
    return { text: asRunes(value), ...place };
  });
}

/** The places of the strings in a valid array of strings, quotes included. */
function stringPlaces(text: string, from: number): { start: number; end: number }[] {
  const places: { start: number; end: number }[] = [];
  for (let at = text.indexOf('"', from); at >= 0;) {
    let end = at + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    places.push({ start: at, end: end + 1 });
    at = text.indexOf('"', end + 1);
  }
  return places;
}
