/**
 * Terminal output as lines of styled text. Pure: it knows the escape sequences that colour text
 * (ECMA-48 SGR) and drops all others; what a log holds is never markup.
 */
export type AnsiColor =
  /** One of the terminal's 16 colours. */
  | { readonly kind: 'named'; readonly index: number }
  /** Eight bits a channel. */
  | { readonly kind: 'rgb'; readonly red: number; readonly green: number; readonly blue: number };

export type AnsiStyle = {
  readonly foreground?: AnsiColor;
  readonly background?: AnsiColor;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly inverse?: true;
  readonly strike?: true;
};

export type AnsiSpan = { readonly text: string; readonly style: AnsiStyle };
export type AnsiLine = readonly AnsiSpan[];

const PLAIN: AnsiStyle = {};

// CSI sequences; OSC, DCS and their like up to BEL or ST; and two-character escapes.
const escapes =
  // eslint-disable-next-line no-control-regex -- escape sequences are made of controls
  /\u001b(?:\[([0-9:;<=>?]*)[ -/]*([@-~])|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-~])/g;
/** The beginning of a sequence at the end of a chunk, whose rest has yet to come. */
// eslint-disable-next-line no-control-regex -- as above
const unfinished = /\u001b(?:\[[0-9:;<=>?]*[ -/]*|[\]PX^_][^\u0007\u001b]{0,4096}\u001b?|[ -/]*)?$/;
// eslint-disable-next-line no-control-regex -- controls with no meaning here
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u009f]/g;

/** Reads a stream in chunks that may end anywhere; lines come out when they are complete. */
export class AnsiReader {
  private rest = '';
  private style: AnsiStyle = PLAIN;
  private line: AnsiSpan[] = [];
  /** A carriage return came: the next text overwrites the line. */
  private returned = false;

  /** The lines that `chunk` completed. */
  push(chunk: string): AnsiLine[] {
    const whole = this.rest + chunk;
    const held = unfinished.exec(whole)?.[0] ?? '';
    this.rest = held;
    const text = whole.slice(0, whole.length - held.length);
    const lines: AnsiLine[] = [];
    let from = 0;
    for (const match of text.matchAll(escapes)) {
      this.write(text.slice(from, match.index), lines);
      if (match[2] === 'm') this.style = applySgr(this.style, match[1] ?? '');
      from = match.index + match[0].length;
    }
    this.write(text.slice(from), lines);
    return lines;
  }

  /** The line that is not finished yet. */
  tail(): AnsiLine {
    return this.line;
  }

  private write(text: string, lines: AnsiLine[]): void {
    const pieces = text.split('\n');
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) {
        lines.push(this.line);
        this.line = [];
        this.returned = false;
      }
      this.writePiece(piece);
    }
  }

  private writePiece(piece: string): void {
    const parts = piece.split('\r');
    for (const [index, part] of parts.entries()) {
      if (index > 0) this.returned = true;
      const clean = part.replace(controls, '');
      if (clean === '') continue;
      if (this.returned) this.line = [];
      this.returned = false;
      const last = this.line.at(-1);
      if (last?.style === this.style)
        this.line[this.line.length - 1] = { text: last.text + clean, style: this.style };
      else this.line.push({ text: clean, style: this.style });
    }
  }
}

type Flag = 'bold' | 'dim' | 'italic' | 'underline' | 'inverse' | 'strike';
const setFlags: ReadonlyMap<number, Flag> = new Map([
  [1, 'bold'],
  [2, 'dim'],
  [3, 'italic'],
  [4, 'underline'],
  [7, 'inverse'],
  [9, 'strike'],
]);
const clearFlags: ReadonlyMap<number, readonly Flag[]> = new Map([
  [22, ['bold', 'dim']],
  [23, ['italic']],
  [24, ['underline']],
  [27, ['inverse']],
  [29, ['strike']],
]);

function applySgr(style: AnsiStyle, parameters: string): AnsiStyle {
  const codes = parameters.split(/[;:]/).map((code) => (code === '' ? 0 : Number(code)));
  let next: AnsiStyle = style;
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    const flag = setFlags.get(code);
    if (code === 0) next = PLAIN;
    else if (flag !== undefined) next = { ...next, [flag]: true };
    else if (clearFlags.has(code)) next = without(next, clearFlags.get(code) ?? []);
    else if (code === 39) next = without(next, ['foreground']);
    else if (code === 49) next = without(next, ['background']);
    else if (code === 38 || code === 48) {
      const { color, length } = extendedColor(codes.slice(index + 1));
      index += length;
      if (color !== undefined)
        next = { ...next, [code === 38 ? 'foreground' : 'background']: color };
    } else {
      const named = namedColor(code);
      if (named !== undefined) next = { ...next, ...named };
    }
  }
  return next;
}

function without(style: AnsiStyle, keys: readonly (keyof AnsiStyle)[]): AnsiStyle {
  return Object.fromEntries(
    Object.entries(style).filter(([key]) => !keys.some((gone) => gone === key)),
  );
}

/** 30–37, 40–47 and their bright versions 90–97, 100–107. */
function namedColor(code: number): Pick<AnsiStyle, 'foreground' | 'background'> | undefined {
  const tens = Math.floor(code / 10);
  const unit = code % 10;
  const bright = code >= 90;
  const base = bright ? tens - 6 : tens;
  if (unit > 7 || (base !== 3 && base !== 4)) return undefined;
  const color: AnsiColor = { kind: 'named', index: unit + (bright ? 8 : 0) };
  return base === 3 ? { foreground: color } : { background: color };
}

/** The colour after 38 or 48: `5;n` from the table of 256, or `2;r;g;b`. */
function extendedColor(codes: readonly number[]): { color?: AnsiColor; length: number } {
  const [mode, a = 0, b = 0, c = 0] = codes;
  if (mode === 5 && a <= 255) return { color: indexedColor(a), length: 2 };
  if (mode === 2 && a <= 255 && b <= 255 && c <= 255)
    return { color: { kind: 'rgb', red: a, green: b, blue: c }, length: 4 };
  return { length: mode === 5 ? 2 : mode === 2 ? 4 : 0 };
}

/** xterm's table: 16 named colours, a 6×6×6 cube, 24 greys. */
function indexedColor(index: number): AnsiColor {
  if (index < 16) return { kind: 'named', index };
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return { kind: 'rgb', red: grey, green: grey, blue: grey };
  }
  const step = (value: number): number => (value === 0 ? 0 : 55 + value * 40);
  const cube = index - 16;
  return {
    kind: 'rgb',
    red: step(Math.floor(cube / 36)),
    green: step(Math.floor(cube / 6) % 6),
    blue: step(cube % 6),
  };
}
