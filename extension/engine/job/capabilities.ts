/** What a daemon lacks of the LLB capabilities that change how a build is compiled. */

/** Capabilities for which frontends have a second way, by BuildKit's names. */
const optional = ['mergeop', 'diffop'];

export function lackingCapabilities(enabled: ReadonlySet<string>): string[] {
  return optional.filter((capability) => !enabled.has(capability));
}
