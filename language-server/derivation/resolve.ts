/**
 * Resolving: a derivation whose inputs had no paths when it was written gets them put in, and with
 * them paths for its own outputs. What Nix builds then has sources only, no input derivations.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { sha256HexOf } from '../../proto/model/digest';
import { bytesOf, type ByteString } from './byte-string';
import {
  outputKind,
  type Derivation,
  type InputDerivation,
  type OutputSelection,
} from './derivation';
import { ModuloHashes, outputPathName } from './hash-modulo';
import { toNix32 } from './nix32';
import { printDerivation } from './print';
import { derivationNameOf, derivationPath, makeStorePath } from './store-path';

/** One output that a derivation is built from, however many derivations deep it was asked for. */
export type UsedOutput = {
  readonly drv: ByteString;
  readonly output: ByteString;
  /** What stands for its path in the derivation that uses it, where that is not known beforehand. */
  readonly placeholder: ByteString;
};

/** The path of an output; undefined as long as it is not known. */
export type OutputPath = (drv: ByteString, output: ByteString) => ByteString | undefined;

const hashText = (text: ByteString): Uint8Array => hexToBytes(sha256HexOf(bytesOf(text)));

function upstreamHash(drv: ByteString, output: ByteString): Uint8Array {
  const base = drv.slice(drv.lastIndexOf('/') + 1);
  const name = outputPathName(derivationNameOf(drv) ?? base.slice(33), output);
  return hashText(`nix-upstream-output:${base.slice(0, 32)}:${name}`);
}

function computedHash(inner: Uint8Array, output: ByteString): Uint8Array {
  const folded = new Uint8Array(20);
  inner.forEach((byte, at) => {
    folded[at % 20] = (folded[at % 20] ?? 0) ^ byte;
  });
  return hashText(`nix-computed-output:${toNix32(folded)}:${output}`);
}

/** Most inputs have paths and nobody asks what would stand for them. */
class PlainOutput implements UsedOutput {
  constructor(
    readonly drv: ByteString,
    readonly output: ByteString,
  ) {}

  get placeholder(): ByteString {
    return `/${toNix32(upstreamHash(this.drv, this.output))}`;
  }
}

/**
 * The outputs that an input stands for. Undefined in place of those of derivations that are made by
 * others which have not been built yet.
 */
export function usedOutputs(
  input: InputDerivation,
  pathOf: OutputPath,
): (UsedOutput | undefined)[] {
  if (input.dynamic === undefined) {
    return input.outputs.map((output) => new PlainOutput(input.path, output));
  }
  const found: (UsedOutput | undefined)[] = [];
  const walk = (
    drv: ByteString | undefined,
    selection: OutputSelection,
    hash: (output: ByteString) => Uint8Array,
  ): void => {
    for (const output of selection.outputs) {
      found.push(
        drv === undefined
          ? undefined
          : {
              drv,
              output,
              placeholder: `/${toNix32(hash(output))}`,
            },
      );
    }
    for (const { name, selection: inner } of selection.dynamic ?? []) {
      const made = drv === undefined ? undefined : pathOf(drv, name);
      const above = hash(name);
      walk(made, inner, (output) => computedHash(above, output));
    }
  };
  walk(input.path, input, (output) => upstreamHash(input.path, output));
  return found;
}

export type ResolvedDerivation = {
  /** Every output has a path; those named by their contents a provisional one. */
  readonly derivation: Derivation;
  /** The store path of what Nix would build: of the derivation itself where nothing was put in. */
  readonly path: ByteString;
};

/** The path at which an output is built that is moved afterwards to one named by its contents. */
export function provisionalPath(
  drv: ByteString,
  output: ByteString,
  name: ByteString,
  storeDir: ByteString,
): ByteString {
  const base = drv.slice(drv.lastIndexOf('/') + 1);
  const type = `rewrite:${base}:name:${output}`;
  return makeStorePath(type, '0'.repeat(64), storeDir, outputPathName(name, output));
}

/** Whether anything about a derivation waits for its inputs to be built. */
function needsResolving(derivation: Derivation): boolean {
  if (derivation.inputDrvs.length === 0) return false;
  return (
    derivation.inputDrvs.some((input) => input.dynamic !== undefined) ||
    derivation.outputs.some((output) =>
      ['floating', 'deferred', 'impure'].includes(outputKind(output)),
    )
  );
}

const PLACEHOLDER = /\/[0-9abcdfghijklmnpqrsvwxyz]{52}/;

/** Whether a derivation holds anything that can stand for a path that is not known yet. */
function holdsPlaceholder({ builder, args, env }: Derivation): boolean {
  return (
    PLACEHOLDER.test(builder) ||
    args.some((text) => text.length >= 53 && PLACEHOLDER.test(text)) ||
    env.some(
      ({ name, value }) =>
        (value.length >= 53 && PLACEHOLDER.test(value)) ||
        (name.length >= 53 && PLACEHOLDER.test(name)),
    )
  );
}

/** Resolves a derivation; `pathOf` must know every output that it uses, others keep placeholders. */
export function resolveDerivation(
  path: ByteString,
  derivation: Derivation,
  storeDir: ByteString,
  pathOf: OutputPath,
): ResolvedDerivation {
  const stands = holdsPlaceholder(derivation);
  const pathsGiven = derivation.outputs.every((output) => output.path !== '');
  if (!stands && pathsGiven && !needsResolving(derivation)) return { derivation, path };
  const name = derivationNameOf(path) ?? '';
  const used = derivation.inputDrvs
    .flatMap((input) => usedOutputs(input, pathOf))
    .filter((each) => each !== undefined);
  const known = used.flatMap((each) => {
    const at = pathOf(each.drv, each.output);
    return at === undefined ? [] : [{ each, at }];
  });
  const replaced = stands
    ? known.map(({ each, at }) => ({ placeholder: each.placeholder, at }))
    : [];
  // The shortest placeholder is 53 bytes; most values cannot hold one.
  const rewrite = (text: ByteString): ByteString =>
    text.length < 53
      ? text
      : replaced.reduce((done, { placeholder, at }) => done.replaceAll(placeholder, at), text);
  let resolved: Derivation = {
    ...derivation,
    builder: rewrite(derivation.builder),
    args: derivation.args.map(rewrite),
    env: derivation.env.map((entry) => ({
      name: rewrite(entry.name),
      value: rewrite(entry.value),
    })),
  };
  let resolvedPath = path;
  if (needsResolving(derivation)) {
    const { outputs, system, builder, args, env } = resolved;
    const plain = { outputs, system, builder, args, env };
    const sources = [...new Set([...derivation.inputSrcs, ...known.map(({ at }) => at)])].sort();
    resolved = withDeferredPaths({ ...plain, inputDrvs: [], inputSrcs: sources }, name, storeDir);
    resolvedPath = derivationPath(printDerivation(resolved), resolved, name, storeDir);
  }
  return {
    derivation: {
      ...resolved,
      outputs: resolved.outputs.map((output) =>
        output.path === ''
          ? { ...output, path: provisionalPath(resolvedPath, output.name, name, storeDir) }
          : output,
      ),
    },
    path: resolvedPath,
  };
}

/** Gives outputs whose paths waited for the inputs theirs, in the derivation and its variables. */
function withDeferredPaths(
  derivation: Derivation,
  name: ByteString,
  storeDir: ByteString,
): Derivation {
  if (!derivation.outputs.some((output) => outputKind(output) === 'deferred')) return derivation;
  const hash = new ModuloHashes(() => undefined).masked(derivation);
  if (hash === undefined) return derivation;
  const outputs = derivation.outputs.map((output) =>
    outputKind(output) === 'deferred'
      ? {
          ...output,
          path: makeStorePath(
            `output:${output.name}`,
            hash,
            storeDir,
            outputPathName(name, output.name),
          ),
        }
      : output,
  );
  const paths = new Map(outputs.map((output) => [output.name, output.path]));
  return {
    ...derivation,
    outputs,
    env: derivation.env.map((entry) =>
      paths.has(entry.name) && entry.value === ''
        ? { name: entry.name, value: paths.get(entry.name) ?? '' }
        : entry,
    ),
  };
}
