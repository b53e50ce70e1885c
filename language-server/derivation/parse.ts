/**
 * The `.drv` parser (ATerm). It never throws: faults come back as values with their places, along
 * with everything that was read before them.
 *
 * Nix's own reader takes `\"`, `\\`, `\n`, `\r` and `\t` as escapes and lets any other escaped byte
 * stand for itself; commas between the parts of a list may be left out, one may stand before the
 * first, and it looks at nothing behind the end. Its printer never writes any of these, so they are
 * reported.
 */
import { byteStringOf, type ByteString } from './byte-string';
import type { Derivation, InputDerivation, OutputSelection } from './derivation';
import type {
  ByteRange,
  DerivationSyntax,
  DerivationSyntaxError,
  EnvironmentNode,
  FieldName,
  InputDerivationNode,
  OutputNode,
  SelectionNode,
  StringNode,
} from './syntax';

export type ParsedDerivation = {
  /** Absent when the file has a syntax error. */
  readonly derivation?: Derivation;
  readonly syntax: DerivationSyntax;
  readonly errors: readonly DerivationSyntaxError[];
};

/** The one extension of the format that Nix knows. */
const DYNAMIC_VERSION = 'xp-dyn-drv';

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** What the parts of all lists begin with. */
const PART_STARTS: ReadonlySet<string> = new Set(['"', '(']);

/** Ends the reading; caught by {@link parseDerivation}. */
class Fault extends Error {
  constructor(
    message: string,
    readonly start: number,
    readonly end: number,
  ) {
    super(message);
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Reader {
  at = 0;
  /** What Nix reads and never writes. */
  readonly oddities: DerivationSyntaxError[] = [];

  constructor(readonly text: ByteString) {}

  fail(expected: string): never {
    const found = this.text.charAt(this.at);
    const what = found === '' ? 'the end of the file' : `'${found}'`;
    throw new Fault(
      `expected ${expected} but found ${what}`,
      this.at,
      Math.min(this.at + 1, this.text.length),
    );
  }

  takes(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  expect(word: string): void {
    if (!this.takes(word)) this.fail(`'${word}'`);
  }

  string(what: string): StringNode {
    const start = this.at;
    if (!this.takes('"')) this.fail(what);
    let close = this.text.indexOf('"', this.at);
    let escape = this.text.indexOf('\\', this.at);
    if (close >= 0 && (escape < 0 || escape > close)) {
      const value = this.text.slice(this.at, close);
      this.at = close + 1;
      return { value, start, end: this.at };
    }
    let value = '';
    for (;;) {
      if (close < 0) throw new Fault('unterminated string', start, this.text.length);
      if (escape < 0 || escape > close) {
        value += this.text.slice(this.at, close);
        this.at = close + 1;
        return { value, start, end: this.at };
      }
      value += this.text.slice(this.at, escape) + this.escapedAt(escape, start);
      this.at = escape + 2;
      if (close < this.at) close = this.text.indexOf('"', this.at);
      escape = this.text.indexOf('\\', this.at);
    }
  }

  private escapedAt(at: number, stringStart: number): string {
    const letter = this.text.charAt(at + 1);
    if (letter === '') throw new Fault('unterminated string', stringStart, this.text.length);
    const known = ESCAPES[letter];
    if (known !== undefined) return known;
    this.oddities.push({
      kind: 'escape',
      message: `unknown escape '\\${letter}': Nix reads it as '${letter}' and never writes it`,
      start: at,
      end: at + 2,
    });
    return letter;
  }

  /** `[a,b,…]`, each element pushed to `into` as soon as it is read. */
  list<T>(into: T[], element: () => T): ByteRange {
    const start = this.at;
    this.expect('[');
    for (let isFirst = true; !this.takes(']'); isFirst = false) {
      this.separator(isFirst);
      into.push(element());
    }
    return { start, end: this.at };
  }

  /** The comma before each part of a list but the first. */
  private separator(isFirst: boolean): void {
    const start = this.at;
    const isThere = this.takes(',');
    if (isThere !== isFirst) return;
    if (!isThere && !PART_STARTS.has(this.text.charAt(this.at))) this.fail(`',' or ']'`);
    const what = isThere ? `a ',' before the first part` : `no ',' before this part`;
    this.unusual(`${what} of a list: Nix reads on and never writes that`, start, start + 1);
  }

  unusual(message: string, start: number, end: number): void {
    this.oddities.push({ kind: 'unusual', message, start, end });
  }

  output(): OutputNode {
    const start = this.at;
    this.expect('(');
    const name = this.string('an output name');
    this.expect(',');
    const path = this.string('a store path');
    this.expect(',');
    const hashAlgorithm = this.string('a hash algorithm');
    this.expect(',');
    const hash = this.string('a hash');
    this.expect(')');
    return { start, end: this.at, name, path, hashAlgorithm, hash };
  }

  selection(allowDynamic: boolean): SelectionNode {
    const outputs: StringNode[] = [];
    if (!allowDynamic || !this.text.startsWith('(', this.at)) {
      this.list(outputs, () => this.string('an output name'));
      return { outputs };
    }
    this.expect('(');
    this.list(outputs, () => this.string('an output name'));
    this.expect(',');
    const dynamic: { name: StringNode; selection: SelectionNode }[] = [];
    this.list(dynamic, () => {
      this.expect('(');
      const name = this.string('an output name');
      this.expect(',');
      const selection = this.selection(true);
      this.expect(')');
      return { name, selection };
    });
    this.expect(')');
    return { outputs, dynamic };
  }

  inputDerivation(allowDynamic: boolean): InputDerivationNode {
    const start = this.at;
    this.expect('(');
    const path = this.string('a derivation path');
    this.expect(',');
    const selection = this.selection(allowDynamic);
    this.expect(')');
    return { start, end: this.at, path, selection };
  }

  environment(): EnvironmentNode {
    const start = this.at;
    this.expect('(');
    const name = this.string('a variable name');
    this.expect(',');
    const value = this.string('a value');
    this.expect(')');
    return { start, end: this.at, name, value };
  }
}

/**
 * Reads a `.drv` file. An error of kind `syntax` ends the reading and there is no derivation; the others
 * leave one that can be used, as Nix reads such files.
 */
export function parseDerivation(bytes: Uint8Array): ParsedDerivation {
  const reader = new Reader(byteStringOf(bytes));
  const fields: Partial<Record<FieldName, ByteRange>> = {};
  const outputs: OutputNode[] = [];
  const inputDrvs: InputDerivationNode[] = [];
  const inputSrcs: StringNode[] = [];
  const args: StringNode[] = [];
  const env: EnvironmentNode[] = [];
  const syntax: Mutable<DerivationSyntax> = {
    start: 0,
    end: bytes.length,
    fields,
    outputs,
    inputDrvs,
    inputSrcs,
    args,
    env,
  };
  try {
    let dynamic = false;
    if (reader.takes('DrvWithVersion(')) {
      syntax.version = reader.string('a format version');
      if (syntax.version.value !== DYNAMIC_VERSION) {
        throw new Fault(
          `unknown derivation format version '${syntax.version.value}'`,
          syntax.version.start,
          syntax.version.end,
        );
      }
      dynamic = true;
      reader.expect(',');
    } else if (!reader.takes('Derive(')) reader.fail(`'Derive(' or 'DrvWithVersion('`);
    fields.outputs = reader.list(outputs, () => reader.output());
    reader.expect(',');
    fields.inputDrvs = reader.list(inputDrvs, () => reader.inputDerivation(dynamic));
    reader.expect(',');
    fields.inputSrcs = reader.list(inputSrcs, () => reader.string('a store path'));
    reader.expect(',');
    const system = (fields.system = syntax.system = reader.string('a system'));
    reader.expect(',');
    const builder = (fields.builder = syntax.builder = reader.string('a builder'));
    reader.expect(',');
    fields.args = reader.list(args, () => reader.string('an argument'));
    reader.expect(',');
    fields.env = reader.list(env, () => reader.environment());
    reader.expect(')');
    syntax.end = reader.at;
    if (reader.at < bytes.length) {
      const message = 'text after the derivation: Nix does not look at it and never writes any';
      reader.unusual(message, reader.at, bytes.length);
    }
    return {
      derivation: derivationOf(syntax, system.value, builder.value),
      syntax,
      errors: reader.oddities,
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { message, start, end } = error;
    return { syntax, errors: [...reader.oddities, { kind: 'syntax', message, start, end }] };
  }
}

const valueOf = (node: StringNode): ByteString => node.value;

function selectionOf(node: SelectionNode): OutputSelection {
  const outputs = node.outputs.map(valueOf);
  if (node.dynamic === undefined) return { outputs };
  return {
    outputs,
    dynamic: node.dynamic.map(({ name, selection }) => ({
      name: name.value,
      selection: selectionOf(selection),
    })),
  };
}

function derivationOf(
  syntax: DerivationSyntax,
  system: ByteString,
  builder: ByteString,
): Derivation {
  return {
    ...(syntax.version === undefined ? {} : { version: syntax.version.value }),
    outputs: syntax.outputs.map((output) => ({
      name: output.name.value,
      path: output.path.value,
      hashAlgorithm: output.hashAlgorithm.value,
      hash: output.hash.value,
    })),
    inputDrvs: syntax.inputDrvs.map((input): InputDerivation => ({
      path: input.path.value,
      ...selectionOf(input.selection),
    })),
    inputSrcs: syntax.inputSrcs.map(valueOf),
    system,
    builder,
    args: syntax.args.map(valueOf),
    env: syntax.env.map(({ name, value }) => ({ name: name.value, value: value.value })),
  };
}
