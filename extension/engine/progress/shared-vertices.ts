/**
 * Steps that BuildKit runs once for two builds.
 *
 * Two builds of one file at a time differ in their session ids and so in their digests; BuildKit
 * finds by content that a step is the same, runs it for the first build only, and then tells the
 * second build's status stream about the first one's vertex. Here it gets its own digest back: by
 * its name, where just one step of the build has that name.
 */
import type { BuildGraph } from '../../../proto/model/build-graph';
import type { Digest } from '../../../proto/model/digest';
import type { StatusUpdate } from '../../../proto/model/live-graph';

export class SharedVertices {
  private known: ReadonlySet<string> = new Set();
  private byName: ReadonlyMap<string, Digest | undefined> = new Map();
  private readonly aliases = new Map<string, Digest>();

  /** The build's own steps, once they are known. */
  begin({ nodes }: BuildGraph): void {
    this.known = new Set(nodes.map(({ digest }) => digest));
    const byName = new Map<string, Digest | undefined>();
    for (const { fullName, digest } of nodes) {
      byName.set(fullName, byName.has(fullName) ? undefined : digest);
    }
    this.byName = byName;
  }

  /** Takes note of a vertex that the stream names. */
  meet(digest: string, name: string): void {
    if (this.known.has(digest)) return;
    const own = this.byName.get(name);
    if (own !== undefined) this.aliases.set(digest, own);
  }

  /** The build's own digest for a vertex of the stream; most are their own. */
  own(digest: string): string {
    return this.aliases.get(digest) ?? digest;
  }

  /** The update with every vertex under the build's own digest. */
  translated(update: StatusUpdate): StatusUpdate {
    if (this.aliases.size === 0) return update;
    const own = (digest: Digest): Digest => this.aliases.get(digest) ?? digest;
    const moved = <T extends { readonly vertex: Digest }>(item: T): T => ({
      ...item,
      vertex: own(item.vertex),
    });
    return {
      vertexes: update.vertexes.map((vertex) => ({ ...vertex, digest: own(vertex.digest) })),
      statuses: update.statuses.map(moved),
      logs: update.logs.map(moved),
      warnings: update.warnings.map(moved),
    };
  }
}
