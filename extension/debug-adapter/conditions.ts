/**
 * Conditions, hit counts and log messages of breakpoints.
 *
 * A condition compares words: `$STAGE == final && line > 3`. A word is a quoted text, a build word
 * with variables (`${MODE:-none}`), the name of a variable or of a fact (`step`, `stage`,
 * `platform`, `line`, `digest`, `cached`), or stands for itself.
 */

/** What words mean at some statement. */
export type Meaning = {
  /** What is known of the statement itself. */
  readonly facts: Readonly<Record<string, string>>;
  readonly variables: ReadonlyMap<string, string>;
  /** Expands a build word. @throws Error with the reason when it cannot */
  readonly expand: (word: string) => string;
};

/** A condition that cannot be read; the message says what is wrong. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
}

type Token =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'operator'; readonly text: string };

const operators = /^(?:\|\||&&|==|!=|=~|!~|<=|>=|<|>|!|\(|\))/;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let rest = text.trimStart();
  while (rest !== '') {
    const operator = operators.exec(rest)?.[0];
    const word =
      operator ?? /^(?:"(?:\\.|[^"\\])*"|'[^']*'|\$\{[^}]*\}|[^\s=!<>&|()"'])+/.exec(rest)?.[0];
    if (word === undefined) throw new ConditionError(`cannot read "${rest}"`);
    tokens.push({ kind: operator === undefined ? 'word' : 'operator', text: word });
    rest = rest.slice(word.length).trimStart();
  }
  return tokens;
}

const comparisons: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '=~': (a, b) => new RegExp(b).test(a),
  '!~': (a, b) => !new RegExp(b).test(a),
  '<': (a, b) => Number(a) < Number(b),
  '>': (a, b) => Number(a) > Number(b),
  '<=': (a, b) => Number(a) <= Number(b),
  '>=': (a, b) => Number(a) >= Number(b),
};

/** @throws ConditionError */
export function isTrue(condition: string, meaning: Meaning): boolean {
  const tokens = tokensOf(condition);
  let at = 0;
  const operator = (...wanted: readonly string[]): string | undefined => {
    const token = tokens[at];
    if (token?.kind !== 'operator' || !wanted.includes(token.text)) return undefined;
    at++;
    return token.text;
  };
  const word = (): string => {
    const token = tokens[at++];
    if (token?.kind !== 'word') throw new ConditionError(`"${condition}" lacks a word`);
    return valueOf(token.text, meaning);
  };
  const single = (): boolean => {
    if (operator('!') !== undefined) return !single();
    if (operator('(') !== undefined) {
      const inner = any();
      if (operator(')') === undefined) throw new ConditionError(`"${condition}" lacks a )`);
      return inner;
    }
    const left = word();
    const sign = operator(...Object.keys(comparisons));
    const compare = sign === undefined ? undefined : comparisons[sign];
    return compare === undefined ? !['', '0', 'false'].includes(left) : compare(left, word());
  };
  const all = (): boolean => {
    let result = single();
    while (operator('&&') !== undefined) result = single() && result;
    return result;
  };
  const any = (): boolean => {
    let result = all();
    while (operator('||') !== undefined) result = all() || result;
    return result;
  };
  const result = any();
  if (at < tokens.length) {
    throw new ConditionError(`"${condition}" goes on where it should end`);
  }
  return result;
}

/** The value of one word. @throws Error when it cannot be expanded */
export function valueOf(word: string, { facts, variables, expand }: Meaning): string {
  if (/^[A-Za-z_]\w*$/.test(word)) return facts[word] ?? variables.get(word) ?? word;
  return expand(word);
}

/** `5`, `== 5`, `> 5`, `>= 5`, `% 5`. @returns undefined when it is none of them */
export function hitTest(text: string): ((hits: number) => boolean) | undefined {
  const [, sign = '', digits = ''] = /^\s*(==|=|>=|>|<=|<|%)?\s*(\d+)\s*$/.exec(text) ?? [];
  if (digits === '') return undefined;
  const number = Number(digits);
  if (sign === '%') return (hits) => number > 0 && hits % number === 0;
  const compare = comparisons[sign === '' || sign === '=' ? '==' : sign];
  return compare && ((hits) => compare(String(hits), String(number)));
}

/** A log message with what stands in braces filled in; `{{` is a brace. */
export function filledIn(message: string, meaning: Meaning): string {
  return message.replaceAll(
    /\{\{|\}\}|\{([^{}]*(?:\$\{[^}]*\}[^{}]*)*)\}/g,
    (whole, word?: string) => {
      if (whole === '{{') return '{';
      if (whole === '}}') return '}';
      try {
        return valueOf((word ?? '').trim(), meaning);
      } catch (error) {
        return `{${word ?? ''}: ${error instanceof Error ? error.message : String(error)}}`;
      }
    },
  );
}
