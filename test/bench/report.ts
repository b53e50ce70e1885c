/** The figures of a benchmark run, printed as one table. */
export type Figure = { readonly name: string; readonly value: string; readonly note?: string };

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('no values to take the median of');
  return middle;
}

/** `12.3 ms`; the unit is the caller's. */
export function amount(value: number, unit: string): string {
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}

export function printFigures(figures: readonly Figure[]): void {
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const { name, value, note } of figures) {
    console.log(
      `${name.padEnd(width)}  ${value.padStart(12)}${note === undefined ? '' : `  ${note}`}`,
    );
  }
}
