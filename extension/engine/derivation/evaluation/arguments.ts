/** What Nix is told wherever it evaluates for us: nothing is built, or even could be. */

export const EVALUATION_ARGUMENTS = [
  ...['--extra-experimental-features', 'nix-command flakes'],
  ...['--option', 'allow-import-from-derivation', 'false'],
] as const;

/** An installable to its derivation's path. */
export const TO_DERIVATION =
  'it: it.drvPath or (throw "this is no derivation but a ${builtins.typeOf it}")';
