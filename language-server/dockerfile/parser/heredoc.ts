/** Heredoc words: `<<EOF`, `<<-EOF`, `3<<'EOF'` … */
import { emptyEnvironment } from '../words/environment';
import { expandWords } from '../words/lexer';

export type HeredocWord = {
  readonly name: string;
  readonly fileDescriptor: number;
  readonly expand: boolean;
  readonly chomp: boolean;
};

const pattern = /^(\d*)<<(-?)[\t\n\f\r ]*([^<]*)$/;

/**
 * Reads a word as a heredoc; undefined when it is none.
 * @throws ExpansionError for a delimiter with an open quote.
 */
export function parseHeredoc(word: string): HeredocWord | undefined {
  const match = pattern.exec(word);
  if (match === null) return undefined;
  const [, descriptor = '', dash = '', delimiter = ''] = match;
  if (delimiter === '') return undefined;
  const options = { escape: '\\', skipUnset: true };
  const words = expandWords(delimiter, emptyEnvironment, options);
  const [name] = words;
  if (words.length !== 1 || name === undefined) return undefined;
  const raw = expandWords(delimiter, emptyEnvironment, { ...options, rawQuotes: true });
  if (raw.length !== words.length) {
    throw new Error(`internal lexing of heredoc produced inconsistent results: ${delimiter}`);
  }
  return {
    name,
    fileDescriptor: descriptor === '' ? 0 : Number(descriptor),
    expand: countQuotes(name) === countQuotes(raw[0] ?? ''),
    chomp: dash === '-',
  };
}

/** {@link parseHeredoc} for places where a bad delimiter simply is no heredoc. */
export function tryHeredoc(word: string): HeredocWord | undefined {
  if (!word.includes('<<')) return undefined;
  try {
    return parseHeredoc(word);
  } catch {
    return undefined; // An unterminated quote: BuildKit ignores the error here too.
  }
}

/**
 * The heredocs that a logical line announces. The escape character is always a backslash here.
 * @throws ExpansionError for a delimiter with an open quote.
 */
export function heredocsOf(line: string): readonly HeredocWord[] {
  let words: readonly string[];
  try {
    words = expandWords(line, emptyEnvironment, {
      escape: '\\',
      rawQuotes: true,
      rawEscapes: true,
      skipUnset: true,
    });
  } catch {
    return []; // A line that cannot be lexed announces nothing, as in BuildKit.
  }
  return words.flatMap((word) => parseHeredoc(word) ?? []);
}

/** Takes the leading tabs off every line, as `<<-` asks. */
export function chomp(content: string): string {
  return content.replace(/^\t+/gm, (tabs: string, offset: number) =>
    offset === 0 || content[offset - 1] === '\n' ? '' : tabs,
  );
}

function countQuotes(text: string): number {
  return text.split(/['"]/).length - 1;
}
