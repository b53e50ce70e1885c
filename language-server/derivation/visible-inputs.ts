/**
 * What each derivation must see of the store. Nix shows the reference closure of the direct
 * inputs, which is known only once they are built; this is the smallest superset known before:
 * outputs of all inputs, theirs, and so on. Fixed outputs cannot refer to anything, so what they
 * were made from is left out.
 */
import type { ByteString } from './byte-string';
import type { Closure } from './closure';
import { isFixedOutput } from './derivation';

/** An output of a derivation in the closure. */
export type OutputRef = { readonly drv: ByteString; readonly output: ByteString };

export type VisibleInputs = {
  /** By store path, sorted; where several derivations make one path, the first in closure order. */
  readonly outputs: ReadonlyMap<ByteString, OutputRef>;
  /** Store paths of sources, sorted, with what they refer to. */
  readonly sources: readonly ByteString[];
};

/** How far the compiler looks: `closure` as above, `direct` for graphs too large for one build. */
export type InputScope = 'closure' | 'direct';

/**
 * Above this many (derivation, input) pairs the closure scope would pass the 16 MiB that gRPC
 * allows a definition: a pair costs about 350 bytes.
 */
export const MOST_PAIRS = 30_000;

type Reach = { readonly outputs: Map<ByteString, OutputRef>; readonly sources: Set<ByteString> };

const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** Computes what every derivation sees, by store path; stops early when the pairs pass `most`. */
export function visibleInputs(
  closure: Closure,
  scope: InputScope,
  most = Number.POSITIVE_INFINITY,
): ReadonlyMap<ByteString, VisibleInputs> | undefined {
  const reaches = new Map<ByteString, Reach>();
  const visible = new Map<ByteString, VisibleInputs>();
  let pairs = 0;
  for (const { path, derivation } of closure.derivations.values()) {
    if (derivation === undefined) continue;
    const outputs = new Map<ByteString, OutputRef>();
    const sources = new Set<ByteString>();
    for (const source of derivation.inputSrcs) addSource(closure, source, sources);
    for (const input of derivation.inputDrvs) {
      const maker = closure.derivations.get(input.path)?.derivation;
      if (maker === undefined) continue;
      for (const { name, path: output } of maker.outputs) {
        if (output === '' || outputs.has(output)) continue;
        if (scope === 'direct' && !input.outputs.includes(name)) continue;
        outputs.set(output, { drv: input.path, output: name });
      }
      const below = reaches.get(input.path);
      if (scope === 'direct' || below === undefined || isFixedOutput(maker)) continue;
      for (const [output, ref] of below.outputs) if (!outputs.has(output)) outputs.set(output, ref);
      for (const source of below.sources) sources.add(source);
    }
    pairs += outputs.size + sources.size;
    if (pairs > most) return undefined;
    reaches.set(path, { outputs, sources });
    visible.set(path, {
      outputs: new Map([...outputs].sort(([left], [right]) => byText(left, right))),
      sources: [...sources].sort(byText),
    });
  }
  return visible;
}

function addSource(closure: Closure, path: ByteString, into: Set<ByteString>): void {
  const pending = [path];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (into.has(next)) continue;
    into.add(next);
    pending.push(...(closure.sources.get(next)?.references ?? []));
  }
}
