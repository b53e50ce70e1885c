/** Sizes as people write them in build options, and as they read them. */

const units: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Bytes of `64m`, `1.5g`, `2gb` or a plain number; undefined for a text that is no size. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmg]?)(?:i?b)?$/i.exec(text.trim());
  const unit = units[(match?.[2] ?? '').toLowerCase()];
  if (match?.[1] === undefined || unit === undefined) return undefined;
  return Math.trunc(Number(match[1]) * unit);
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
