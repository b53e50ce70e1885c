/**
 * The plan of one build: shell code that the runner evaluates before anything else. It travels in a
 * variable, since BuildKit repeats a failed step's whole command in its error.
 */
import { exactTextOf, type ByteString } from '../byte-string';
import type { Derivation } from '../derivation';
import { hashMethodOf } from '../hash-modulo';
import { optionsOf, type OutputCheck } from '../options';
import { isRunnersOwn, passesThroughShell, type Sandbox } from '../sandbox/environment';
import { shellQuoted } from '../sandbox/structured-attributes';
import { baseName, parseStorePath } from '../store-path';
import { BUILTINS } from './builtins';
import { guessText, type GuessedScope } from './guess';
import { BUSYBOX, INJECTED_VARIABLES, TOOLS_DIR } from './tools';

export type PlanOptions = {
  /** Whether the builder is to see a machine of 32 bits, as Nix shows its i686 ones. */
  readonly thirtyTwo?: boolean;
  readonly guessed?: GuessedScope | undefined;
};

/** What the runner evaluates. The derivation has all its output paths, be they provisional. */
export function planOf(
  path: ByteString,
  derivation: Derivation,
  sandbox: Sandbox,
  storeDir: ByteString,
  { thirtyTwo = false, guessed }: PlanOptions = {},
): ByteString {
  const names = [...sandbox.variables.keys()];
  const options = optionsOf(derivation);
  const values: Readonly<Record<string, ByteString>> = {
    drv: path,
    keep: names.filter((name) => INJECTED_VARIABLES.test(name)).join(' '),
    store: storeDir,
    outputs: derivation.outputs.map(outputLine).join('\n'),
    checks: derivation.outputs
      .flatMap(({ name }) => checkLines(name, options.checks.get(name) ?? { ignoreSelf: true }))
      .join('\n'),
    discards: [...options.discardsReferences].join(' '),
    program: programOf(sandbox),
    why: isTooLong(sandbox) ? 'Argument list too long' : '',
    guess: guessed === undefined ? '' : guessText(guessed),
  };
  const assignments = Object.entries(values).map(
    ([name, value]) => `llblens_${name}=${shellQuoted(value)}`,
  );
  for (const [name, value] of sandbox.variables) {
    if (!isGivenByPlan(name, value) || !passesThroughShell(name)) continue;
    assignments.push(`export ${name}=${shellQuoted(value)}`);
  }
  return `${assignments.join('\n')}\nllblens_run() { ${command(sandbox, thirtyTwo)}; }\n`;
}

function outputLine({ name, path, hashAlgorithm, hash }: Derivation['outputs'][number]): string {
  if (hashAlgorithm === '') return `${name} ${path} -`;
  const { method, algorithm } = hashMethodOf(hashAlgorithm);
  const floating = hash === '' || hash === 'impure';
  return floating
    ? `${name} ${path} ca:${method}:${algorithm}`
    : `${name} ${path} ${method}:${algorithm}:${hash}`;
}

/** A line a limit, as `check_limits` of the library reads them. */
function checkLines(output: ByteString, check: OutputCheck): string[] {
  // What is no name of an output is refused by the runner; it must stay one word till then.
  const word = (each: ByteString): string =>
    parseStorePath(each) === undefined ? `@${each.replace(/[^!-~]/g, '?')}` : baseName(each);
  const lines: string[] = [];
  for (const limit of ['maxSize', 'maxClosureSize'] as const) {
    const most = check[limit];
    if (most !== undefined) lines.push(`${output} ${limit} ${most}`);
  }
  for (const limit of [
    'allowedReferences',
    'allowedRequisites',
    'disallowedReferences',
    'disallowedRequisites',
  ] as const) {
    const list = check[limit];
    if (list === undefined || (limit.startsWith('dis') && list.length === 0)) continue;
    const self = check.ignoreSelf && limit.endsWith('Requisites') ? ['-self'] : [];
    lines.push([output, limit, ...self, ...list.map(word)].join(' '));
  }
  return lines;
}

/** Whether BuildKit, whose variables are UTF-8, cannot be given this one. */
export function isGivenByPlan(name: ByteString, value: ByteString): boolean {
  return isRunnersOwn(name) || exactTextOf(name) === undefined || exactTextOf(value) === undefined;
}

/** The builder's file, empty for one of Nix's own; Nix looks in no PATH for it. */
function programOf({ builder }: Pick<Sandbox, 'builder'>): ByteString {
  if (BUILTINS.has(builder)) return '';
  return builder.includes('/') ? builder : `./${builder}`;
}

/** Whether the kernel refuses an argument or a variable: with the byte that ends it, it is limited to 128 KiB. */
function isTooLong({ variables, args }: Sandbox): boolean {
  const longest = 128 * 1024 - 1;
  return (
    args.some((arg) => arg.length > longest) ||
    [...variables].some(([name, value]) => name.length + 1 + value.length > longest)
  );
}

/** The builder with its own argv[0]; names that no shell passes on are set by `env` in between. */
function command({ variables, builder, args }: Sandbox, thirtyTwo: boolean): ByteString {
  const builtin = BUILTINS.get(builder);
  if (builtin !== undefined) return `. ${TOOLS_DIR}/builtins.sh; ${builtin.shellFunction}`;
  const program = shellQuoted(programOf({ builder }));
  const called = shellQuoted(baseName(builder));
  const words = args.map(shellQuoted).join(' ');
  const prefix = thirtyTwo ? `exec ${BUSYBOX} linux32 ${BUSYBOX}` : `exec ${BUSYBOX}`;
  const settings = [...variables]
    .filter(([name]) => !passesThroughShell(name))
    .map(([name, value]) => shellQuoted(`${name}=${value}`));
  let start = `exec -a ${called} ${program} ${words}`;
  if (settings.length > 0) {
    // Of busybox's programs this one too can call a program by another name.
    const starter = `${BUSYBOX} start-stop-daemon -S -x ${program} -a ${called} --`;
    start = `${prefix} env ${settings.join(' ')} ${starter} ${words}`;
  } else if (thirtyTwo) {
    start = `${prefix} ash -c 'unset SHLVL; exec -a "$0" "$@"' ${called} ${program} ${words}`;
  }
  return start;
}
