/** A YAML document as Compose reads it: with its aliases, and with what `<<` merges. */
import { isAlias, isMap, isScalar, isSeq, type Document, type Scalar, type YAMLMap } from 'yaml';
import type { Place, Setting } from './targets';

type Entry = { readonly name: Place; readonly value: unknown };

export class YamlReader {
  readonly #entries = new Map<YAMLMap, readonly Entry[]>();

  /** @param plain what a text stands for; undefined where that has to be worked out */
  constructor(
    private readonly document: Document.Parsed,
    readonly plain: (written: string) => string | undefined,
  ) {}

  get contents(): unknown {
    return this.document.contents;
  }

  /** The value of a key; undefined for null too, which Bake and Compose take as not given. */
  valueOf(map: unknown, key: string): unknown {
    return this.entries(map).find(({ name }) => name.text === key)?.value;
  }

  /** What the map says itself comes before what it merges. */
  entries(node: unknown): readonly Entry[] {
    const map = this.#resolved(node);
    if (!isMap(map)) return [];
    let entries = this.#entries.get(map);
    if (entries === undefined) {
      this.#entries.set(map, []); // for one that merges itself
      entries = this.#entriesOf(map);
      this.#entries.set(map, entries);
    }
    return entries;
  }

  #entriesOf(map: YAMLMap): readonly Entry[] {
    const own: Entry[] = [];
    const merged: Entry[] = [];
    for (const { key, value } of map.items) {
      if (isScalar(key) && key.value === '<<') {
        merged.push(...this.items(value).flatMap((item) => this.entries(item)));
        continue;
      }
      const name = this.written(key);
      const resolved = this.#resolved(value);
      if (name !== undefined) own.push({ name, value: isNull(resolved) ? undefined : resolved });
    }
    const names = new Set<string>();
    return [...own, ...merged].filter(({ name: { text } }) => !names.has(text) && names.add(text));
  }

  /** The items of a list; anything else as its only item. */
  items(node: unknown): unknown[] {
    const resolved = this.#resolved(node);
    if (!isSeq(resolved)) return [resolved];
    return resolved.items.map((item) => this.#resolved(item));
  }

  setting(node: unknown): Setting | undefined {
    const resolved = this.#resolved(node);
    if (resolved === undefined || isNull(resolved)) return undefined;
    const written = this.written(resolved);
    const text = written && this.plain(written.text);
    return written === undefined || text === undefined ? 'unknown' : { ...written, text };
  }

  /** What an argument is set to; undefined where that is not known. */
  argument(node: unknown): string | undefined {
    const resolved = this.#resolved(node);
    if (!isScalar(resolved) || isTagged(resolved)) return undefined;
    const { value, source = '', type } = resolved;
    if (typeof value === 'boolean') return String(value);
    if (typeof value === 'number') return isCommonNumber(source) ? String(value) : undefined;
    if (typeof value !== 'string') return undefined;
    // Those of YAML 1.1, which Compose still knows.
    if (type === 'PLAIN' && /^[-+]?[\d._:]+$|^\d{4}-\d/.test(value)) return undefined;
    return this.plain(value);
  }

  /** A text at its place without quotes, with its variables. */
  written(node: unknown): Place | undefined {
    const scalar = this.#resolved(node);
    if (!isScalar(scalar) || typeof scalar.value !== 'string' || isTagged(scalar)) return undefined;
    if (!Array.isArray(scalar.range)) return undefined;
    const [start, end] = scalar.range;
    const quote = scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE' ? 1 : 0;
    return { text: scalar.value, start: start + quote, end: end - quote };
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.document) : node;
  }
}

function isNull(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && !isTagged(node));
}

/** `!reset` and `!override` speak of other files. */
function isTagged({ tag }: Scalar): boolean {
  return tag !== undefined && !tag.startsWith('tag:yaml.org,2002:');
}

/** Written as every version of YAML reads it, and as both JavaScript and Go write it again. */
function isCommonNumber(source: string): boolean {
  return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$/.test(source);
}
