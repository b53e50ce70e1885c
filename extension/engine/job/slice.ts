/**
 * Parts of a definition, for solving one op of it alone.
 *
 * Ops go out with the raw bytes they came with; only the new terminal op is ours. It cannot change
 * the digest of any other op, since nothing points at it.
 */
import * as ops from '../../../proto/generated/ops';
import type { Definition, DefinitionOp } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { definitionToPb } from '../../../proto/model/unmarshal';

/** An op of a definition and everything it needs, in definition order. */
export function closureOf(definition: Definition, roots: readonly Digest[]): DefinitionOp[] {
  const wanted = new Set<Digest>(roots);
  const found: DefinitionOp[] = [];
  // Inputs stand before their users, so one pass from the end meets every user first.
  for (const entry of definition.ops.toReversed()) {
    if (!wanted.has(entry.digest)) continue;
    found.push(entry);
    for (const input of entry.op.inputs) wanted.add(input.digest);
  }
  return found.reverse();
}

/** The bytes of a terminal op: a `pb.Op` with one input and nothing else. */
export function terminalBytes(digest: Digest, index: number): Uint8Array {
  const name = Buffer.from(digest, 'ascii');
  // pb.Input {1: digest, 2: index}; proto3 leaves out an index of 0.
  const input = Buffer.concat([
    Buffer.from([0x0a, ...varint(name.length)]),
    name,
    ...(index === 0 ? [] : [Buffer.from([0x10, ...varint(index)])]),
  ]);
  return Buffer.concat([Buffer.from([0x0a, ...varint(input.length)]), input]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

/** A definition cut down to output `index` of one op. */
export type Slice = {
  /** The ops' bytes in definition order, the terminal op last. */
  readonly ops: readonly Uint8Array[];
  readonly digests: readonly Digest[];
};

/** What has to be sent to solve output `index` of the op `digest` alone. */
export function sliceOf(definition: Definition, digest: Digest, index = 0): Slice {
  const entries = closureOf(definition, [digest]);
  return {
    ops: [...entries.map(({ bytes }) => bytes), terminalBytes(digest, index)],
    digests: entries.map((entry) => entry.digest),
  };
}

/** Every step of a session asks for a slice of the same definition. */
const wholes = new WeakMap<Definition, ops.Definition>();

function wholeOf(definition: Definition): ops.Definition {
  const known = wholes.get(definition);
  if (known !== undefined) return known;
  const whole = definitionToPb(definition);
  wholes.set(definition, whole);
  return whole;
}

/**
 * A slice as the gateway wants it, with the metadata and source places of its ops.
 * @param uncached ops that run whatever the cache has
 */
export function sliceRequest(
  definition: Definition,
  digest: Digest,
  index = 0,
  uncached: ReadonlySet<string> = new Set(),
): ops.Definition {
  const slice = sliceOf(definition, digest, index);
  const whole = wholeOf(definition);
  const kept = new Set<string>(slice.digests);
  return ops.Definition.create({
    def: slice.ops,
    metadata: new Map(
      [...whole.metadata]
        .filter(([key]) => kept.has(key))
        .map(([key, one]) => [key, uncached.has(key) ? { ...one, ignoreCache: true } : one]),
    ),
    source: {
      infos: whole.source?.infos ?? [],
      locations: new Map([...(whole.source?.locations ?? [])].filter(([key]) => kept.has(key))),
    },
  });
}
