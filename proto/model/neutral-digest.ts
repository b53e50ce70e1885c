/**
 * Neutral digests: op digests that are equal in every session.
 *
 * A local source carries the id of the live session, so its digest and those of all its users
 * change from run to run. In topological order the session value is overwritten by as many `0`
 * characters and each input digest by its neutral one; lengths stay equal, so nothing is encoded
 * again, and the result is hashed.
 */
import type { Definition, DefinitionOp } from './definition';
import { type Digest, digestOf } from './digest';
import { wireFields } from '../wire/fields';

const OP_INPUTS = 1;
const OP_SOURCE = 3;
const INPUT_DIGEST = 1;
const SOURCE_ATTRS = 2;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;
const LENGTH_DELIMITED = 2;
const SESSION_ATTRS: ReadonlySet<string> = new Set(['local.session', 'oci.session']);
const ZERO = 0x30;

/** The neutral digest of every op of a definition, by its true digest. */
export function neutralDigests({ ops }: Pick<Definition, 'ops'>): ReadonlyMap<Digest, Digest> {
  const neutral = new Map<Digest, Digest>();
  for (const op of ops) {
    const changed = mayChange(op, neutral) ? neutralBytes(op.bytes, neutral) : undefined;
    neutral.set(op.digest, changed === undefined ? op.digest : digestOf(changed));
  }
  return neutral;
}

/** Whether an op names a session, or an input that does; most do not, and need no look at bytes. */
function mayChange(op: DefinitionOp, neutral: ReadonlyMap<Digest, Digest>): boolean {
  if (namesSession(op)) return true;
  return op.op.inputs.some(({ digest }) => (neutral.get(digest) ?? digest) !== digest);
}

/** Whether an op itself is tied to a session. */
export function namesSession({ op: { op } }: DefinitionOp): boolean {
  if (op.kind !== 'source') return false;
  for (const name of SESSION_ATTRS) {
    const value = op.attrs[name];
    if (value !== undefined && !/^0*$/.test(value)) return true;
  }
  return false;
}

/**
 * A copy of an op's bytes with its inputs renamed and session ids zeroed; undefined when nothing in
 * them changes.
 * @param neutral new digests of inputs, of the same length as those they replace
 */
export function neutralBytes(
  bytes: Uint8Array,
  neutral: ReadonlyMap<string, Digest>,
): Uint8Array | undefined {
  let copy: Uint8Array | undefined;
  const overwrite = (at: number, change: (target: Uint8Array) => void) => {
    // Not slice(): that of a Buffer, which is how bytes come off the wire, shares its memory.
    copy ??= new Uint8Array(bytes);
    change(copy.subarray(at));
  };
  for (const field of wireFields(bytes)) {
    if (field.type !== LENGTH_DELIMITED) continue;
    if (field.number === OP_INPUTS) {
      for (const part of wireFields(bytes, field.start, field.end)) {
        if (part.number !== INPUT_DIGEST || part.type !== LENGTH_DELIMITED) continue;
        const digest = text(bytes, part.start, part.end);
        const replacement = neutral.get(digest);
        if (replacement === undefined || replacement === digest) continue;
        overwrite(part.start, (target) => target.set(new TextEncoder().encode(replacement)));
      }
    }
    if (field.number === OP_SOURCE) {
      for (const session of sessionValues(bytes, field.start, field.end)) {
        overwrite(session.start, (target) => target.fill(ZERO, 0, session.end - session.start));
      }
    }
  }
  return copy;
}

function* sessionValues(
  bytes: Uint8Array,
  start: number,
  end: number,
): Generator<{ start: number; end: number }, void, undefined> {
  for (const entry of wireFields(bytes, start, end)) {
    if (entry.number !== SOURCE_ATTRS || entry.type !== LENGTH_DELIMITED) continue;
    let isSession = false;
    for (const part of wireFields(bytes, entry.start, entry.end)) {
      if (part.number === ENTRY_KEY)
        isSession = SESSION_ATTRS.has(text(bytes, part.start, part.end));
      if (part.number === ENTRY_VALUE && isSession) yield { start: part.start, end: part.end };
    }
  }
}

const text = (bytes: Uint8Array, start: number, end: number): string =>
  new TextDecoder().decode(bytes.subarray(start, end));
