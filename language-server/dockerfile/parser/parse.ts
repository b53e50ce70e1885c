/**
 * Text → syntax tree: chunk after chunk.
 *
 * After an edit only the chunks that it touches are parsed again. A chunk is decided by its own
 * text alone (and the file's escape character), so those before the edit stay, and as soon as a new
 * chunk ends where an old one ended, all that follow stay too, moved.
 */
import { fromBytes } from '../text/bytes';
import { parseChunk } from './chunk-parser';
import type { EscapeToken, PlacedChunk, SyntaxTree } from './syntax-tree';
import { ChunkTree, movePlaced, placeChunk } from './tree';

/** Parses a Dockerfile; it never throws. Bytes that are not UTF-8 are kept, see `text/bytes.ts`. */
export function parse(source: string | Uint8Array): SyntaxTree {
  const text = typeof source === 'string' ? source : fromBytes(source);
  const chunks: PlacedChunk[] = [];
  const escape = parseFrom(text, chunks, '\\', false, () => false);
  return new ChunkTree(text, escape, chunks);
}

/**
 * Parses the next version of a text, given the tree of the one before. The answer is that of
 * {@link parse}; instructions whose text has not changed keep their content.
 */
export function reparse(previous: SyntaxTree, text: string): SyntaxTree {
  const { prefix, suffix } = commonEnds(previous.text, text);
  const old = previous.chunks;
  const chunks = old.slice(0, firstTouched(old, prefix));
  const kept = { head: chunks.length, tail: 0 };
  // The escape character is settled by the end of the first chunk.
  const start = chunks.length === 0 ? '\\' : previous.escape;
  const by = text.length - previous.text.length;
  let next = chunks.length;
  let { layout } = previous;
  const escape = parseFrom(text, chunks, start, true, (at, line, escapeNow) => {
    if (at < text.length - suffix || escapeNow !== previous.escape) return false;
    while (next < old.length && (old[next]?.start ?? 0) + by < at) next++;
    const rest = old[next];
    // The first chunk alone may hold directives.
    if (next === 0 || rest === undefined || rest.start + by !== at) return false;
    if (line !== rest.line) layout = {};
    kept.tail = old.length - next;
    for (; next < old.length; next++) {
      const chunk = old[next];
      if (chunk !== undefined) chunks.push(movePlaced(chunk, by, line - rest.line));
    }
    return true;
  });
  if (escape === previous.escape) {
    const own = { from: kept.head, to: chunks.length - kept.tail };
    const theirs = old.slice(kept.head, old.length - kept.tail);
    if (takeOver(text, chunks, own, previous.text, theirs)) layout = {};
  }
  return new ChunkTree(text, escape, chunks, layout, { previous, ...kept });
}

/**
 * Gives new chunks the instructions of old ones where only what stands above them is another: the
 * text of an instruction decides what it says.
 * @param own which of the chunks are new
 * @returns whether an instruction has come to stand on another line
 */
function takeOver(
  text: string,
  chunks: PlacedChunk[],
  own: { readonly from: number; readonly to: number },
  before: string,
  old: readonly PlacedChunk[],
): boolean {
  const known = new Map<string, PlacedChunk[]>();
  for (const placed of old) {
    if (placed.node === undefined || placed.chunk.tooLong) continue;
    const written = instructionText(before, placed);
    const others = known.get(written);
    if (others === undefined) known.set(written, [placed]);
    else others.push(placed);
  }
  let moved = false;
  for (let index = own.from; index < own.to; index++) {
    const placed = chunks[index];
    if (placed?.node === undefined || placed.chunk.tooLong) continue;
    const { chunk, start, line, node } = placed;
    const found = known.get(instructionText(text, placed))?.shift();
    if (found?.chunk.instruction === undefined) continue;
    const { instruction } = found.chunk;
    if (!sameTexts(instruction.comments, node.content.comments)) continue;
    moved ||= found.node?.lines.first !== node.lines.first;
    chunks[index] = placeChunk({ ...chunk, instruction }, start, line);
  }
  return moved;
}

/** From an instruction's first character to the end of its chunk. */
function instructionText(text: string, { chunk, start }: PlacedChunk): string {
  return text.slice(start + chunk.offset, start + chunk.length);
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => b[index] === text);
}

/**
 * Parses what follows the chunks that are there.
 * @param owned whether the chunks are to outlive the text, as those of an edit are
 * @param resume told where each further chunk begins; true when it has added all that remain
 */
function parseFrom(
  text: string,
  chunks: PlacedChunk[],
  start: EscapeToken,
  owned: boolean,
  resume: (at: number, line: number, escape: EscapeToken) => boolean,
): EscapeToken {
  const last = chunks.at(-1);
  let at = last === undefined ? 0 : last.start + last.chunk.length;
  let line = last === undefined ? 0 : last.line + last.chunk.lineCount;
  let escape = start;
  while (at < text.length && (at === 0 || !resume(at, line, escape))) {
    const parsed = parseChunk(text, at, escape, owned);
    chunks.push(placeChunk(parsed.chunk, at, line));
    escape = parsed.escape;
    at += parsed.chunk.length;
    line += parsed.chunk.lineCount;
  }
  return escape;
}

/** The first chunk that an edit after `prefix` unchanged characters may change. */
function firstTouched(chunks: readonly PlacedChunk[], prefix: number): number {
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const placed = chunks[middle];
    if (placed === undefined) break;
    const { chunk, start } = placed;
    if (start + chunk.length <= prefix && !chunk.open) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How much two texts share at their beginnings and, apart from that, at their ends. */
function commonEnds(before: string, after: string): { prefix: number; suffix: number } {
  const shorter = Math.min(before.length, after.length);
  let prefix = 0;
  // Whole blocks are compared much faster than one character after the other.
  while (
    prefix + block <= shorter &&
    before.slice(prefix, prefix + block) === after.slice(prefix, prefix + block)
  ) {
    prefix += block;
  }
  while (prefix < shorter && before.charCodeAt(prefix) === after.charCodeAt(prefix)) prefix++;
  const most = shorter - prefix;
  let suffix = 0;
  while (
    suffix + block <= most &&
    before.slice(before.length - suffix - block, before.length - suffix) ===
      after.slice(after.length - suffix - block, after.length - suffix)
  ) {
    suffix += block;
  }
  while (
    suffix < most &&
    before.charCodeAt(before.length - 1 - suffix) === after.charCodeAt(after.length - 1 - suffix)
  ) {
    suffix++;
  }
  return { prefix, suffix };
}

const block = 4096;
