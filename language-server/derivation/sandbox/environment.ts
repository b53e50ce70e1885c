/**
 * What a builder finds in its sandbox: variables, files under `/build`, arguments. Nix's order of
 * precedence: a base set first, the derivation's own variables over it, and a last set that the
 * derivation cannot change.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { byteStringOfText, bytesOf, textOf, type ByteString } from '../byte-string';
import { environmentValue, isFixedOutput, outputKind, type Derivation } from '../derivation';
import { toNix32 } from '../nix32';
import { optionsOf, words } from '../options';
import { PLAN_VARIABLE } from '../runner/tools';
import { outputPlaceholder } from '../store-path';
import {
  attributesJson,
  attributesShell,
  jsonObject,
  type Attributes,
  type JsonValue,
} from './structured-attributes';

/** Where Nix's sandbox on Linux puts the build. */
export const BUILD_DIR = '/build';

export type SandboxFile = {
  readonly path: ByteString;
  readonly contents: ByteString;
  /** The variable it comes from. */
  readonly variable: ByteString;
};

export type Sandbox = {
  /** Sorted by name, as Nix hands them over. */
  readonly variables: ReadonlyMap<ByteString, ByteString>;
  readonly files: readonly SandboxFile[];
  readonly builder: ByteString;
  readonly args: readonly ByteString[];
};

export type SandboxOptions = {
  /** `NIX_BUILD_CORES`; without it the runner counts those of the machine. */
  readonly cores?: number;
  /** Values for `impureEnvVars` of fixed-output derivations; a name that is not given is empty. */
  readonly impureVariables: Readonly<Record<string, ByteString>>;
  /** For each graph that the derivation wants exported: its file, or its JSON for structured attributes. */
  readonly graphs?: ReadonlyMap<ByteString, ExportedGraphContents>;
};

/** A graph of references in both forms that Nix gives it; see `reference-graph.ts`. */
export type ExportedGraphContents = { readonly text: ByteString; readonly json: JsonValue };

/** Computes the sandbox of a derivation whose output paths are all known. */
export function sandboxOf(
  derivation: Derivation,
  storeDir: ByteString,
  { cores, impureVariables, graphs = new Map() }: SandboxOptions,
): Sandbox {
  const rewrite = placeholderRewriter(derivation);
  const options = optionsOf(derivation);
  const variables = new Map<ByteString, ByteString>([
    ['PATH', '/path-not-set'],
    ['HOME', '/homeless-shelter'],
    ['NIX_STORE', storeDir],
    ...(cores === undefined ? [] : ([['NIX_BUILD_CORES', `${cores}`]] as const)),
  ]);
  const files: SandboxFile[] = [];
  if (options.attributes === undefined) addVariables(derivation, rewrite, variables, files);
  else addAttributes(derivation, options.attributes, graphs, rewrite, variables, files);
  if (options.attributes === undefined) {
    for (const [name, { text }] of graphs) {
      files.push({
        path: `${BUILD_DIR}/${name}`,
        contents: text,
        variable: 'exportReferencesGraph',
      });
    }
  }
  const impure = derivation.outputs.some((output) => outputKind(output) === 'impure');
  if (isFixedOutput(derivation) || impure) {
    if (!impure) variables.set('NIX_OUTPUT_CHECKED', '1');
    for (const name of options.impureVariables) variables.set(name, impureVariables[name] ?? '');
  }
  for (const name of ['NIX_BUILD_TOP', 'TMPDIR', 'TEMPDIR', 'TMP', 'TEMP', 'PWD']) {
    variables.set(name, BUILD_DIR);
  }
  variables.set('NIX_LOG_FD', '2');
  variables.set('TERM', 'xterm-256color');
  return {
    variables: new Map([...variables].sort(([left], [right]) => (left < right ? -1 : 1))),
    files,
    builder: rewrite(derivation.builder),
    args: derivation.args.map(rewrite),
  };
}

/** Plain variables, each in the environment or in a file of its own. */
function addVariables(
  derivation: Derivation,
  rewrite: (text: ByteString) => ByteString,
  variables: Map<ByteString, ByteString>,
  files: SandboxFile[],
): void {
  const asFile = new Set(words(environmentValue(derivation, 'passAsFile')));
  for (const { name, value } of derivation.env) {
    if (!asFile.has(name)) {
      variables.set(name, rewrite(value));
      continue;
    }
    const path = `${BUILD_DIR}/.attr-${toNix32(sha256(bytesOf(name)))}`;
    files.push({ path, contents: rewrite(value), variable: name });
    variables.set(`${name}Path`, path);
  }
}

/** Structured attributes: two files, and nothing of them in the environment. */
function addAttributes(
  derivation: Derivation,
  attributes: Attributes,
  graphs: ReadonlyMap<ByteString, ExportedGraphContents>,
  rewrite: (text: ByteString) => ByteString,
  variables: Map<ByteString, ByteString>,
  files: SandboxFile[],
): void {
  const outputs = derivation.outputs.map(({ name, path }): [string, JsonValue] => [
    textOf(name),
    textOf(path),
  ]);
  const whole = new Map<string, JsonValue>([
    ...attributes,
    ['outputs', jsonObject(new Map(outputs))],
    ...[...graphs].map(([name, { json }]): [string, JsonValue] => [textOf(name), json]),
  ]);
  const forms = [
    ['NIX_ATTRS_SH_FILE', `${BUILD_DIR}/.attrs.sh`, attributesShell(whole)],
    ['NIX_ATTRS_JSON_FILE', `${BUILD_DIR}/.attrs.json`, attributesJson(whole)],
  ] as const;
  for (const [variable, path, text] of forms) {
    files.push({ path, contents: rewrite(byteStringOfText(text)), variable: '__json' });
    variables.set(variable, path);
  }
}

/** Puts output paths where a derivation holds their placeholders; Nix does so at build time. */
function placeholderRewriter(derivation: Derivation): (text: ByteString) => ByteString {
  const pairs = derivation.outputs.map(
    ({ name, path }) => [outputPlaceholder(name), path] as const,
  );
  return (text) =>
    // The shortest placeholder is 53 bytes; most values cannot hold one.
    text.length < 53
      ? text
      : pairs.reduce((result, [placeholder, path]) => result.replaceAll(placeholder, path), text);
}

const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Names that ash, or what we run in it, sets, changes or keeps to itself. */
const SHELL_OWN = new Set([
  'IFS',
  'LINENO',
  'OLDPWD',
  'OPTARG',
  'OPTIND',
  'PPID',
  'RANDOM',
  'SHLVL',
  '_',
]);

/** True when a variable has a name that the runner takes for its own until the builder starts. */
export function isRunnersOwn(name: ByteString): boolean {
  return name === PLAN_VARIABLE || name.startsWith('llblens_');
}

/** True when our shell hands a variable of this name on to its children unchanged. */
export function passesThroughShell(name: ByteString): boolean {
  return SHELL_NAME.test(name) && !SHELL_OWN.has(name) && !isRunnersOwn(name);
}
