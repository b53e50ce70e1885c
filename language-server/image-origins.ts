/** Remembers who said what an image is, so that the graph can show which resolution it rests on. */
import type { BuildGraph, OpDetail } from '../proto/model/build-graph';
import type { Definition } from '../proto/model/definition';
import type { ImageResolver, ImageVia, ResolvedImage } from './dockerfile/compile/image-resolver';

const label = 'Image metadata';
const said: Readonly<Record<ImageVia, string>> = {
  builder: 'from the builder',
  registry: 'from the registry',
  guess: 'not known yet; guessed from the name',
};

export class ImageOrigins {
  private readonly answers = new Map<string, ResolvedImage>();

  /** The resolver, watched. */
  watch(resolver: ImageResolver): ImageResolver {
    return {
      resolve: async (ref, query) => {
        const answer = await resolver.resolve(ref, query);
        this.answers.set(answer.ref, answer);
        return answer;
      },
    };
  }

  /** The graph with a line about its origin on each image. */
  describe(graph: BuildGraph, definitions: readonly Definition[]): BuildGraph {
    const lines = new Map<string, OpDetail>();
    for (const { ops } of definitions) {
      for (const { digest, op } of ops) {
        if (op.op.kind !== 'source') continue;
        const value = this.originOf(op.op.identifier);
        if (value !== undefined) lines.set(digest, { label, value });
      }
    }
    if (lines.size === 0) return graph;
    const nodes = graph.nodes.map((node) => {
      const line = lines.get(node.digest);
      return line === undefined ? node : { ...node, details: [...node.details, line] };
    });
    return { ...graph, nodes };
  }

  private originOf(identifier: string): string | undefined {
    const scheme = 'docker-image://';
    if (!identifier.startsWith(scheme)) return undefined;
    const ref = identifier.slice(scheme.length);
    const answer = this.answers.get(ref) ?? this.answers.get(ref.replace(/@[^@]*$/, ''));
    if (answer?.via === undefined) return undefined;
    const when = answer.stored === undefined ? '' : `, ${new Date(answer.stored).toISOString()}`;
    const old = answer.uncertain && answer.via !== 'guess' ? ' (may have changed since)' : '';
    return `${said[answer.via]}${when}${old}`;
  }
}
