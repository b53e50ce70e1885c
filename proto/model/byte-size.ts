/** Sizes as people write them in build options, and as they read them. */

const units = ['', 'k', 'm', 'g', 't', 'p'];

/** A number as Go reads one, at most one space, a unit. */
const size = /^(\+?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?) ?(?:b?|([kmgtp])(?:i?b)?)$/i;

/**
 * Bytes of `64m`, `1.5g`, `2gb` or a plain number, as Docker's `--shm-size` reads them; undefined for
 * a text that is no size, or larger than Go's int64.
 */
export function parseByteSize(text: string): number | undefined {
  const [, number, unit = ''] = size.exec(text) ?? [];
  const bytes = Math.trunc(Number(number) * 1024 ** units.indexOf(unit.toLowerCase()));
  return number !== undefined && bytes < 2 ** 63 ? bytes : undefined;
}

const decimal = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `12.3 MB`: a size in bytes with decimal units, as Docker counts. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < decimal.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(unit === 0 || value >= 99.5 ? 0 : 1)} ${decimal[unit] ?? ''}`;
}
