/** Heredocs in languages other than the shell: strings, numbers, comments and keywords, line by line. */
import type { ColouredSpan, TokenType } from './legend';

type Language = { readonly comment: string; readonly keywords: ReadonlySet<string> };

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const python: Language = {
  comment: '#',
  keywords: words(
    'False None True and as assert async await break class continue def del elif else except finally ' +
      'for from global if import in is lambda nonlocal not or pass raise return try while with yield',
  ),
};
const javascript: Language = {
  comment: '//',
  keywords: words(
    'async await break case catch class const continue default delete do else export extends false ' +
      'finally for function if import in instanceof let new null of return static super switch this ' +
      'throw true try typeof undefined var void while yield',
  ),
};
const ruby: Language = {
  comment: '#',
  keywords: words(
    'begin break case class def do else elsif end ensure false for if in module next nil not or ' +
      'redo require rescue retry return self super then true unless until when while yield',
  ),
};
const perl: Language = {
  comment: '#',
  keywords: words(
    'my our local use no if elsif else unless while until for foreach sub return last next package print',
  ),
};

/** By the program that reads the heredoc. */
const languages: Readonly<Record<string, Language>> = {
  python,
  python2: python,
  python3: python,
  node: javascript,
  nodejs: javascript,
  deno: javascript,
  bun: javascript,
  ruby,
  perl,
};

/** The language of a program's name; undefined for one that is not coloured. */
export function languageOf(program: string): Language | undefined {
  const name = program.slice(program.lastIndexOf('/') + 1).replace(/(?<=\d)\.\d+$/, '');
  return Object.hasOwn(languages, name) ? languages[name] : undefined;
}

export function* languageTokens(
  { comment, keywords }: Language,
  line: string,
  base: number,
): Generator<ColouredSpan> {
  const pattern = /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\/\/|#|[A-Za-z_]\w*|\d[\d._]*/g;
  for (const { 0: text, index } of line.matchAll(pattern)) {
    if (text === comment) {
      yield { start: base + index, end: base + line.length, type: 'comment' };
      return;
    }
    const type = typeOf(text, keywords);
    if (type !== undefined) {
      yield { start: base + index, end: base + index + text.length, type };
      if (type === 'string' && text.includes(comment)) continue;
    }
  }
}

function typeOf(text: string, keywords: ReadonlySet<string>): TokenType | undefined {
  if (/^["']/.test(text)) return 'string';
  if (/^\d/.test(text)) return 'number';
  return keywords.has(text) ? 'keyword' : undefined;
}
