/** Flags by declaration: each instruction says which it has, BuildKit's messages come from here. */
import type { Flag } from '../parser/syntax-tree';
import { toLower } from '../text/go';
import { withSuggestion } from '../text/suggest';

/** `list` may be given many times. */
export type FlagKind = 'bool' | 'text' | 'list';
export type FlagTable = Readonly<Record<string, FlagKind>>;

/** The flags of every instruction that has some; HEALTHCHECK's belong to its CMD form. */
export const flagTables = {
  from: { platform: 'text' },
  run: { mount: 'list', network: 'text', security: 'text', device: 'list' },
  copy: {
    chown: 'text',
    from: 'text',
    chmod: 'text',
    link: 'bool',
    exclude: 'list',
    parents: 'bool',
  },
  add: {
    chown: 'text',
    chmod: 'text',
    link: 'bool',
    'keep-git-dir': 'bool',
    checksum: 'text',
    unpack: 'bool',
    exclude: 'list',
  },
  healthcheck: {
    interval: 'text',
    timeout: 'text',
    'start-period': 'text',
    'start-interval': 'text',
    retries: 'text',
  },
} as const satisfies Readonly<Record<string, FlagTable>>;

export class FlagValues {
  readonly #values = new Map<string, string[]>();

  add(name: string, value: string): void {
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [value]);
    else values.push(value);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string, fallback = ''): string {
    return this.#values.get(name)?.[0] ?? fallback;
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  bool(name: string): boolean {
    return this.text(name) === 'true';
  }
}

/**
 * Reads an instruction's flags by its table.
 * @throws Error with BuildKit's message.
 */
export function readFlags(flags: readonly Flag[], table: FlagTable): FlagValues {
  const values = new FlagValues();
  for (const { text, value } of flags) {
    if (text === '--') break;
    if (!text.startsWith('--')) throw new Error(`arg should start with -- : ${text}`);
    const equals = text.indexOf('=');
    const written = equals < 0 ? text : text.slice(0, equals);
    const name = written.slice(2);
    const kind = Object.hasOwn(table, name) ? table[name] : undefined;
    if (kind === undefined) {
      throw new Error(withSuggestion(`unknown flag: ${written}`, name, Object.keys(table)));
    }
    if (kind !== 'list' && values.has(name)) {
      throw new Error(`duplicate flag specified: ${written}`);
    }
    if (kind === 'bool') values.add(name, readBool(written, value));
    else if (value === undefined) throw new Error(`missing a value on flag: ${written}`);
    else values.add(name, value);
  }
  return values;
}

function readBool(written: string, value: string | undefined): string {
  if (value === undefined) return 'true';
  if (value === '') throw new Error(`missing a value on flag: ${written}`);
  const lower = toLower(value);
  if (lower === 'true' || lower === 'false') return lower;
  throw new Error(`expecting boolean value for flag ${written}, not: ${value}`);
}
