/** Collects the values of an option that may be given several times. */
export const repeated = (value: string, previous: readonly string[]): string[] => [
  ...previous,
  value,
];
