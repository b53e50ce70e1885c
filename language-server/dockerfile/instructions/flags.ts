/** Flags as the instruction table declares them; BuildKit's messages come from here. */
import type { FlagSpec } from '../grammar/specification';
import type { Flag } from '../parser/syntax-tree';
import { toLower } from '../text/go';
import { withSuggestion } from '../text/suggest';

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
 * Reads an instruction's flags by what it declares.
 * @throws Error with BuildKit's message.
 */
export function readFlags(flags: readonly Flag[], specs: readonly FlagSpec[]): FlagValues {
  const values = new FlagValues();
  for (const { text, value } of flags) {
    if (text === '--') break;
    if (!text.startsWith('--')) throw new Error(`arg should start with -- : ${text}`);
    const equals = text.indexOf('=');
    const written = equals < 0 ? text : text.slice(0, equals);
    const name = written.slice(2);
    const spec = specs.find((candidate) => candidate.name === name);
    if (spec === undefined) {
      const known = specs.map((candidate) => candidate.name);
      throw new Error(withSuggestion(`unknown flag: ${written}`, name, known));
    }
    if (spec.form !== 'list' && values.has(name)) {
      throw new Error(`duplicate flag specified: ${written}`);
    }
    if (spec.form === 'bool') values.add(name, readBool(written, value));
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
