/** Remembers who said what an image is, so that the graph can show which resolution it rests on. */
import type { OpDetail } from '../proto/model/build-graph';
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

  /** A line about the origin of an image's metadata, by the identifier of its source op. */
  detailOf(identifier: string): OpDetail | undefined {
    const value = this.originOf(identifier);
    return value === undefined ? undefined : { label, value };
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
