/**
 * Compares the definition that the daemon's frontend made with that of our own compiler. A
 * difference is told to the user, because everything shown while typing rests on our compiler.
 */
import type { Definition } from '../../../proto/model/definition';
import { neutralDigests } from '../../../proto/model/neutral-digest';

/** Names listed in a note before it says "and N more". */
const listed = 3;

/**
 * Notes on what differs; none when every op is the same.
 * @param ownError why our compiler gave nothing, if it failed where the daemon did not
 */
export function compareDefinitions(
  theirs: readonly Definition[],
  own: readonly Definition[],
  ownError: string | undefined,
): string[] {
  if (ownError !== undefined) {
    return [`LLB Lens could not compile this file, but BuildKit could. LLB Lens says: ${ownError}`];
  }
  const known = new Set(own.flatMap((definition) => [...neutralDigests(definition).values()]));
  const different: string[] = [];
  let count = 0;
  for (const definition of theirs) {
    const neutral = neutralDigests(definition);
    // A changed op changes the digests of all its users: only the first ones are news.
    const tainted = new Set<string>();
    for (const { digest, op } of definition.ops) {
      if (op.op.kind === 'terminal') continue;
      count++;
      const same = known.has(neutral.get(digest) ?? digest);
      if (same) continue;
      if (!op.inputs.some((input) => tainted.has(input.digest))) {
        different.push(
          definition.metadata.get(digest)?.description['llb.customname'] ?? op.op.kind,
        );
      }
      tainted.add(digest);
    }
  }
  if (different.length === 0) return [];
  const names = different.slice(0, listed).map((name) => `“${name}”`);
  const more = different.length - names.length;
  return [
    `BuildKit compiles ${different.length} of ${count} steps differently from LLB Lens: ` +
      `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}. ` +
      'The graph shows what BuildKit runs; while typing, LLB Lens shows its own.',
  ];
}
