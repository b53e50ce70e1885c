/** Who needs whom in a closure: what stands below a derivation, and the ways from one to another. */
import type { ByteString } from '../byte-string';
import type { Closure } from '../closure';

/** How much a derivation is built from, itself not counted. */
export function needsOf(
  closure: Closure,
  path: ByteString,
): { readonly derivations: number; readonly sources: number } {
  const derivations = new Set<ByteString>();
  const sources = new Set<ByteString>();
  const pending = [path];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const derivation = closure.derivations.get(next)?.derivation;
    for (const source of derivation?.inputSrcs ?? []) sources.add(source);
    for (const { path: input } of derivation?.inputDrvs ?? []) {
      if (derivations.has(input)) continue;
      derivations.add(input);
      pending.push(input);
    }
  }
  return { derivations: derivations.size, sources: sources.size };
}

/** Inputs of a derivation, derivations and sources alike. */
function inputsOf(closure: Closure, path: ByteString): readonly ByteString[] {
  const derivation = closure.derivations.get(path)?.derivation;
  if (derivation === undefined) return [];
  return [...derivation.inputDrvs.map((input) => input.path), ...derivation.inputSrcs];
}

/**
 * Why one thing is in the closure of another: the shortest way first, then ways through other direct
 * users of the wanted thing, each of them once. Both ends are part of every way.
 * @param most ways that are looked for
 */
export function waysTo(
  closure: Closure,
  from: ByteString,
  wanted: ByteString,
  most = 10,
): (readonly ByteString[])[] {
  /** Of everything reached, who uses it on a shortest way. */
  const reachedBy = new Map<ByteString, ByteString | undefined>([[from, undefined]]);
  const users: ByteString[] = [];
  let wave = [from];
  while (wave.length > 0) {
    const next: ByteString[] = [];
    for (const path of wave) {
      for (const input of inputsOf(closure, path)) {
        if (input === wanted) users.push(path);
        if (reachedBy.has(input)) continue;
        reachedBy.set(input, path);
        next.push(input);
      }
    }
    wave = next;
  }
  return users.slice(0, most).map((user) => {
    const way: ByteString[] = [wanted];
    for (let at: ByteString | undefined = user; at !== undefined; at = reachedBy.get(at)) {
      way.push(at);
    }
    return way.reverse();
  });
}
