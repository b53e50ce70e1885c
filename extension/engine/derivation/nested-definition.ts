/**
 * A definition inside another: BuildKit reads the inner one from a file and builds it. The file may be
 * larger than the 16 MiB of a message, and what is cached is answered as one step instead of one by
 * one. Steps of the inner definition keep their digests, so status and errors name them as ever.
 */
import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { TOOLS_DIR, BUSYBOX } from '../../../language-server/derivation/runner/tools';
import type { Gateway } from '../../../proto/client/gateway';
import * as ops from '../../../proto/generated/ops';
import { type Digest, digestOf } from '../../../proto/model/digest';
import type { Platform } from '../../../proto/model/op';
import { BuildFailure } from '../input/build-input';
import { terminalBytes } from '../job/slice';

/** Bytes of a definition that still goes into a message with all that is around it. */
const LARGEST_MESSAGE = 12 * 1024 * 1024;
/** From here on one question to BuildKit's cache is worth the two steps that it takes. */
const FEWEST_STEPS = 24;

/** The directory of the session that large definitions are read from. */
export const DEFINITIONS_NAME = 'llb-lens-definitions';

const FILE = '/definition';
/** What BuildKit calls the input of a build op, and the attribute with the file's name. */
const DEFINITION_INPUT = 'buildkit.llb.definition';
const FILE_NAME_ATTRIBUTE = 'llbbuild.filename';
const NONE = -1n;
/** The builder that takes a definition as it is. */
const LLB_BUILDER = -1n;
/** The time of copied files: as they are. */
const NO_TIME = -1n;

/** How a definition that is too large for a message gets to BuildKit. */
export type LargeDefinitions =
  /** A folder that the session serves as {@link DEFINITIONS_NAME}. */
  | { readonly by: 'folder'; readonly folder: string }
  /** Packed, where we have no session of our own; a busybox at `/bin` of this image unpacks it. */
  | {
      readonly by: 'packing';
      readonly tools: { readonly ref: string; readonly digest?: string };
      readonly platform: Platform;
    };

/** Whether a definition is better given to BuildKit as a file. */
export function isWorthNesting(definition: ops.Definition): boolean {
  return definition.def.length >= FEWEST_STEPS || isTooLarge(definition);
}

/** Whether it cannot be given to BuildKit but as a file. */
export function isTooLarge(definition: ops.Definition): boolean {
  return sizeOf(definition) > LARGEST_MESSAGE;
}

function sizeOf(definition: ops.Definition): number {
  return definition.def.reduce((sum, { length }) => sum + length, 0);
}

/** The definition that solves another as one step; undefined where a message does not hold it. */
export function asOneStep(definition: ops.Definition): ops.Definition | undefined {
  const bytes = ops.Definition.encode(definition);
  if (bytes.length > LARGEST_MESSAGE) return undefined;
  return buildOf([fileWith(bytes)], definition.def.length - 1, runsAgain(definition));
}

function runsAgain({ metadata }: ops.Definition): boolean {
  return [...metadata.values()].some(({ ignoreCache }) => ignoreCache);
}

/**
 * Solves a definition by way of a file, lazily; the gateway's name for the result.
 * @param single {@link asOneStep} of it, where the caller has made that already
 * @throws BuildFailure when it is too large even packed
 */
export async function solveNested(
  gateway: Gateway,
  definition: ops.Definition,
  large: LargeDefinitions,
  signal: AbortSignal,
  single = asOneStep(definition),
): Promise<string> {
  if (single !== undefined) return solve(gateway, single, false, signal);
  const bytes = ops.Definition.encode(definition);
  const steps = definition.def.length - 1;
  const again = runsAgain(definition);
  if (large.by === 'packing') {
    const file = unpacked(await packed(bytes), large.tools, large.platform);
    return solve(gateway, buildOf(file, steps, again), false, signal);
  }
  const { folder } = large;
  const name = digestOf(bytes).slice('sha256:'.length);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await writeFile(join(folder, name), bytes);
    const copied = fileFromSession(name);
    await solve(gateway, definitionOf(copied, 0), true, signal);
    return await solve(gateway, buildOf(copied, steps, again), false, signal);
  } finally {
    await rm(join(folder, name), { force: true });
    await rmdir(folder).catch(() => undefined); // Another definition is still in it.
  }
}

async function solve(
  gateway: Gateway,
  definition: ops.Definition,
  evaluate: boolean,
  signal: AbortSignal,
): Promise<string> {
  const { ref } = await gateway.solve({ definition, evaluate }, { signal });
  return ref?.id ?? '';
}

type Step = { readonly bytes: Uint8Array; readonly digest: Digest; readonly meta: ops.OpMetadata };

function step(op: Parameters<typeof ops.Op.encode>[0], name: string, ignoreCache = false): Step {
  const bytes = ops.Op.encode({ constraints: {}, ...op });
  const description = new Map([['llb.customname', `[internal] ${name}`]]);
  return {
    bytes,
    digest: digestOf(bytes),
    meta: ops.OpMetadata.create({ description, ignoreCache }),
  };
}

function definitionOf(steps: readonly Step[], index: number): ops.Definition {
  const last = steps.at(-1);
  const end = last === undefined ? [] : [terminalBytes(last.digest, index)];
  return ops.Definition.create({
    def: [...steps.map(({ bytes }) => bytes), ...end],
    metadata: new Map(steps.map(({ digest, meta }) => [digest, meta])),
  });
}

function fileWith(data: Uint8Array): Step {
  const mkfile = { path: FILE, mode: 0o444, data, timestamp: NO_TIME };
  return step(
    { file: { actions: [{ input: NONE, secondaryInput: NONE, output: 0n, mkfile }] } },
    'write down what to build',
  );
}

/** Digests repeat, so that a definition is packed to a fifth of its size. */
async function packed(bytes: Uint8Array): Promise<Uint8Array> {
  const small = await promisify(gzip)(bytes, { level: 9 });
  if (small.length <= LARGEST_MESSAGE) return small;
  const size = Math.ceil(small.length / 2 ** 20);
  throw new BuildFailure(
    `What is to be built takes ${size} MiB packed, and BuildKit takes messages of 16 MiB: ` +
      'build a part of it first and name its outputs, or build it with llb-lens.',
  );
}

function unpacked(
  small: Uint8Array,
  { ref, digest }: { readonly ref: string; readonly digest?: string },
  { os, architecture, variant = '' }: Platform,
): readonly Step[] {
  const platform = { OS: os, architecture, variant };
  const identifier = `docker-image://${digest === undefined ? ref : `${ref}@${digest}`}`;
  const tools = step({ platform, source: { identifier } }, `load ${ref}`);
  const file = fileWith(small);
  const readonly = { readonly: true, output: NONE };
  const exec = {
    meta: {
      args: [BUSYBOX, 'sh', '-c', `${BUSYBOX} gunzip -c /packed${FILE} > ${FILE}`],
      cwd: '/',
    },
    mounts: [
      { input: NONE, dest: '/', output: 0n },
      { input: 0n, dest: TOOLS_DIR, selector: '/bin', ...readonly },
      { input: 1n, dest: '/packed', ...readonly },
    ],
    network: ops.NetMode.NONE,
  };
  const inputs = [tools, file].map((each) => ({ digest: each.digest, index: 0n }));
  return [tools, file, step({ platform, inputs, exec }, 'unpack what to build')];
}

/** A copy, since only that is cached by what the file holds, whichever session it came from. */
function fileFromSession(name: string): readonly Step[] {
  const source = step(
    {
      source: {
        identifier: `local://${DEFINITIONS_NAME}`,
        attrs: new Map([
          ['local.includepattern', JSON.stringify([name])],
          ['local.sharedkeyhint', DEFINITIONS_NAME],
        ]),
      },
    },
    'load what to build',
  );
  const copy = { src: `/${name}`, dest: FILE, mode: -1, timestamp: NO_TIME };
  const inputs = [{ digest: source.digest, index: 0n }];
  const file = step(
    { inputs, file: { actions: [{ input: NONE, secondaryInput: 0n, output: 0n, copy }] } },
    'keep what to build',
  );
  return [source, file];
}

function buildOf(file: readonly Step[], steps: number, again: boolean): ops.Definition {
  const last = file.at(-1);
  const inputs = last === undefined ? [] : [{ digest: last.digest, index: 0n }];
  const build = {
    builder: LLB_BUILDER,
    inputs: new Map([[DEFINITION_INPUT, { input: 0n }]]),
    attrs: new Map([[FILE_NAME_ATTRIBUTE, FILE]]),
  };
  return definitionOf([...file, step({ inputs, build }, `build ${steps} steps`, again)], 0);
}
