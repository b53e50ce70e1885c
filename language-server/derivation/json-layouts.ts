/**
 * `nix derivation show`: derivations as JSON, in each layout that Nix has had. Never throws; what is wrong
 * comes back with its place.
 *
 * - up to 2.8: a map of paths; `inputDrvs` names outputs in lists; `hashAlgo` holds the method (`r:sha256`)
 * - 2.26: adds `name`, `method` and `dynamicOutputs`
 * - 2.32 (version 3): store paths without the store directory; structured attributes as an object in
 *   place of `env.__json`
 * - 2.34 (version 4): all of them under `derivations`; `inputs`; fixed hashes as SRI with no path
 *
 * `nix derivation add` takes one of them by itself, whose path follows from what it says.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Node, parseTree, type ParseError } from 'jsonc-parser';
import { byteStringOfText, type ByteString } from './byte-string';
import type { Derivation, DerivationOutput, InputDerivation, OutputSelection } from './derivation';
import { HASH_SIZES } from './hash-algorithms';
import { fixedOutputPath, outputPathName } from './hash-modulo';
import { jsonFault } from './json-fault';
import { fromNix32 } from './nix32';
import { printDerivation } from './print';
import { attributesJson, parseAttributes } from './sandbox/structured-attributes';
import {
  baseName,
  DEFAULT_STORE_DIR,
  derivationNameOf,
  derivationPath,
  parseStorePath,
  storeDirOf,
} from './store-path';
import type { ByteRange } from './syntax';

export type JsonDerivation = {
  readonly path: ByteString;
  readonly derivation: Derivation;
  /** Offsets in UTF-16 units of the text: of the whole, and of each field by its name. */
  readonly range: ByteRange;
  readonly fields: ReadonlyMap<string, ByteRange>;
};

export type JsonDerivations = {
  readonly derivations: readonly JsonDerivation[];
  readonly errors: readonly (ByteRange & { readonly message: string })[];
};

type Faults = { add(node: Node, message: string): void };

export function parseDerivationJson(text: string): JsonDerivations {
  const faults: ParseError[] = [];
  const root = parseTree(text, faults, { disallowComments: true, allowEmptyContent: true });
  type Fault = ByteRange & { readonly message: string };
  const errors = faults.map((fault): Fault => ({
    message: jsonFault(fault),
    start: fault.offset,
    end: fault.offset + fault.length,
  }));
  const report: Faults = {
    add: ({ offset, length }, message) =>
      void errors.push({ message, start: offset, end: offset + length }),
  };
  if (root === undefined) return { derivations: [], errors };
  const listed = child(root, 'derivations');
  const isOne = child(root, 'builder') !== undefined;
  const all: [string, Node][] = isOne ? [['', root]] : properties(listed ?? root);
  const withoutStore = listed !== undefined || all.some(([, node]) => versionOf(node) >= 3);
  const storeDir = withoutStore ? storeDirIn(text, all) : undefined;
  const derivations = all.flatMap(([name, node]) => {
    if (listed === undefined && node.type !== 'object') return [];
    if (versionOf(node) > NEWEST_VERSION) {
      report.add(node, `version ${versionOf(node)} of the JSON is not known here`);
      return [];
    }
    const derivation = derivationOf(name, node, text, storeDir, report);
    if (derivation === undefined) return [];
    return [
      {
        path: isOne ? ownPath(node, derivation, storeDir) : pathOf(name, storeDir),
        derivation,
        range: rangeOf(node),
        fields: new Map(properties(node).map(([field, value]) => [field, rangeOf(value)])),
      },
    ];
  });
  return { derivations, errors };
}

/** Of the layouts above; later ones say things that a `.drv` file has in other places. */
const NEWEST_VERSION = 4;

function versionOf(node: Node): number {
  const version: unknown = child(node, 'version')?.value;
  return typeof version === 'number' ? version : 0;
}

function pathOf(name: string, storeDir: string | undefined): ByteString {
  return byteStringOfText(name.startsWith('/') ? name : `${storeDir ?? DEFAULT_STORE_DIR}/${name}`);
}

/** The path that a derivation has by what it says. */
function ownPath(node: Node, derivation: Derivation, storeDir: string | undefined): ByteString {
  const name = textAt(child(node, 'name')) ?? '';
  const bytes = printDerivation(derivation);
  return derivationPath(bytes, derivation, name, storeDir ?? storeDirOf(derivation));
}

const rangeOf = ({ offset, length }: Node): ByteRange => ({ start: offset, end: offset + length });

function properties(node: Node | undefined): [string, Node][] {
  if (node?.type !== 'object') return [];
  return (node.children ?? []).flatMap(({ children }): [string, Node][] => {
    const [key, value] = children ?? [];
    return typeof key?.value === 'string' && value !== undefined ? [[key.value, value]] : [];
  });
}

const child = (node: Node | undefined, name: string): Node | undefined =>
  properties(node).find(([key]) => key === name)?.[1];

const textAt = (node: Node | undefined): ByteString | undefined =>
  typeof node?.value === 'string' ? byteStringOfText(node.value) : undefined;

const items = (node: Node | undefined): Node[] =>
  node?.type === 'array' ? (node.children ?? []) : [];

/**
 * The directory of the store, which these layouts leave out: that of an output in its variable, which Nix
 * itself sets; where there is none (structured attributes, outputs named by their contents) the one that
 * most store paths are mentioned in that the derivations list.
 */
function storeDirIn(text: string, derivations: readonly [string, Node][]): string {
  for (const [base, node] of derivations) {
    const name = textAt(child(node, 'name')) ?? derivationNameOf(byteStringOfText(base)) ?? '';
    for (const [output] of properties(child(node, 'outputs'))) {
      const made = parseStorePath(textAt(child(child(node, 'env'), output)) ?? '');
      if (made?.name === outputPathName(name, byteStringOfText(output))) return made.storeDir;
    }
  }
  return mostMentioned(text, derivations) ?? DEFAULT_STORE_DIR;
}

function mostMentioned(
  text: string,
  derivations: readonly [string, Node][],
): ByteString | undefined {
  const listed = new Set<string>();
  for (const [name, node] of derivations) {
    const inputs = child(node, 'inputs');
    listed.add(name);
    for (const each of items(child(inputs, 'srcs') ?? child(node, 'inputSrcs'))) {
      listed.add(textAt(each) ?? '');
    }
    for (const [base] of properties(child(inputs, 'drvs') ?? child(node, 'inputDrvs'))) {
      listed.add(base);
    }
    for (const [, output] of properties(child(node, 'outputs'))) {
      listed.add(textAt(child(output, 'path')) ?? '');
    }
  }
  const counts = new Map<string, number>();
  let most: string | undefined;
  for (const [, folder = '', base = ''] of text.matchAll(MENTIONS)) {
    if (!listed.has(base)) continue;
    const count = (counts.get(folder) ?? 0) + 1;
    counts.set(folder, count);
    if (count > (counts.get(most ?? '') ?? 0)) most = folder;
  }
  return most;
}

/** Store paths in a text, with the folder that each is in. */
const MENTIONS = /((?:\/[A-Za-z0-9._+-]+)+)\/([0-9a-z]{32}-[0-9A-Za-z+\-._?=]+)/g;

function derivationOf(
  name: string,
  node: Node,
  text: string,
  storeDir: string | undefined,
  report: Faults,
): Derivation | undefined {
  const system = textAt(child(node, 'system'));
  const builder = textAt(child(node, 'builder'));
  if (system === undefined || builder === undefined) {
    const what = name === '' ? 'the derivation' : name;
    report.add(node, `${what} has no ${system === undefined ? 'system' : 'builder'}`);
    return undefined;
  }
  const full = (path: ByteString): ByteString =>
    storeDir === undefined || path.startsWith('/') ? path : `${storeDir}/${path}`;
  const inputs = child(node, 'inputs');
  const byText = <T>(list: T[], key: (each: T) => string): T[] =>
    list.sort((left, right) => (key(left) < key(right) ? -1 : 1));
  const inputDrvs = byText(
    properties(child(inputs, 'drvs') ?? child(node, 'inputDrvs')).map(
      ([path, value]): InputDerivation => ({
        path: full(byteStringOfText(path)),
        ...selectionOf(value),
      }),
    ),
    ({ path }) => path,
  );
  const own =
    textAt(child(node, 'name')) ?? derivationNameOf(baseName(byteStringOfText(name))) ?? '';
  const env = properties(child(node, 'env')).map(([key, value]) => ({
    name: byteStringOfText(key),
    value: textAt(value) ?? '',
  }));
  const attributes = child(node, 'structuredAttrs');
  if (attributes !== undefined) {
    const { offset, length } = attributes;
    const parsed = parseAttributes(byteStringOfText(text.slice(offset, offset + length)));
    if (parsed === undefined) report.add(attributes, 'structuredAttrs is no object');
    else env.push({ name: '__json', value: byteStringOfText(attributesJson(parsed)) });
  }
  const dynamic = inputDrvs.some((input) => input.dynamic !== undefined);
  return {
    ...(dynamic ? { version: 'xp-dyn-drv' } : {}),
    outputs: byText(
      properties(child(node, 'outputs')).map(([output, value]) =>
        outputOf(byteStringOfText(output), value, own, storeDir, report),
      ),
      (output) => output.name,
    ),
    // With one dynamic input every input is written in the longer form.
    inputDrvs,
    inputSrcs: items(child(inputs, 'srcs') ?? child(node, 'inputSrcs'))
      .flatMap((each) => textAt(each) ?? [])
      .map(full)
      .sort(),
    system,
    builder,
    args: items(child(node, 'args')).flatMap((each) => textAt(each) ?? []),
    env: byText(env, (entry) => entry.name),
  };
}

function selectionOf(node: Node): OutputSelection {
  const names = (list: Node | undefined): ByteString[] =>
    items(list)
      .flatMap((each) => textAt(each) ?? [])
      .sort();
  if (node.type === 'array') return { outputs: names(node) };
  const dynamic = properties(child(node, 'dynamicOutputs')).map(([name, value]) => ({
    name: byteStringOfText(name),
    selection: selectionOf(value),
  }));
  const outputs = names(child(node, 'outputs'));
  return dynamic.length === 0 ? { outputs } : { outputs, dynamic };
}

/** How contents are hashed, as `.drv` files write it before the algorithm. */
const METHODS: Readonly<Record<string, string>> = {
  nar: 'r:',
  flat: '',
  text: 'text:',
  git: 'git:',
};

function outputOf(
  name: ByteString,
  node: Node,
  derivationName: ByteString,
  storeDir: string | undefined,
  report: Faults,
): DerivationOutput {
  const given = textAt(child(node, 'path')) ?? '';
  const path =
    given === '' || given.startsWith('/') ? given : `${storeDir ?? DEFAULT_STORE_DIR}/${given}`;
  const hashText = hashIn(child(node, 'hash'));
  const method = textAt(child(node, 'method'));
  const sri = hashText === undefined ? undefined : sriOf(hashText);
  const algorithm = textAt(child(node, 'hashAlgo')) ?? sri?.algorithm ?? '';
  if (method !== undefined && !Object.hasOwn(METHODS, method)) {
    report.add(node, `unknown method '${method}'`);
  }
  const prefix = method === undefined ? '' : (METHODS[method] ?? '');
  const hashAlgorithm = algorithm === '' ? '' : `${prefix}${algorithm}`;
  const impure = child(node, 'impure')?.value === true;
  const hash = impure ? 'impure' : (sri?.hex ?? hashText ?? '');
  const fixed = hash !== '' && !impure && path === '';
  return {
    name,
    path: fixed
      ? fixedOutputPath(
          hashAlgorithm,
          hash,
          storeDir ?? DEFAULT_STORE_DIR,
          outputPathName(derivationName, name),
        )
      : path,
    hashAlgorithm,
    hash,
  };
}

/** A hash as text; Nix 2.33 spelled it as an object for a while. */
function hashIn(node: Node | undefined): string | undefined {
  if (node?.type !== 'object') return textAt(node);
  const [algorithm, format, hash] = ['algorithm', 'format', 'hash'].map((name) =>
    textAt(child(node, name)),
  );
  return `${algorithm ?? ''}${format === 'base64' ? '-' : ':'}${hash ?? ''}`;
}

/** `sha256-…` in base 64, or `sha256:…` in base 32 or 16; undefined for a hash without its algorithm. */
function sriOf(text: string): { readonly algorithm: string; readonly hex: string } | undefined {
  const [, algorithm = '', mark, value = ''] = /^(\w+)([-:])(.+)$/.exec(text) ?? [];
  const size = HASH_SIZES[algorithm];
  if (size === undefined) return undefined;
  if (mark === '-') {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value) || value.length % 4 !== 0) return undefined;
    const bytes = Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));
    return { algorithm, hex: bytesToHex(bytes) };
  }
  const wide = fromNix32(value, size);
  return { algorithm, hex: wide === undefined ? value : bytesToHex(wide) };
}
