/** What features ask besides the text of a Dockerfile: images, steps, the context, registries. */
import type { BuildFile } from './build-file';
import { contextFolder } from './context-folder';
import { formatReference, parseNormalized, parsePlatform, type ResolvedImage } from './dockerfile';
import type { CompletionSources } from './features/completion/completion';
import type { HoverSources } from './features/hover';
import { imageAge, imageText } from './features/image-text';
import type { InlaySources } from './features/inlay-hints';
import { pastSentence, together, type PastInstruction } from './features/past-step-text';
import type { ServerHost } from './host';
import { graphSteps } from './graph-steps';

export class DockerfileKnowledge implements HoverSources, InlaySources {
  constructor(
    private readonly file: BuildFile,
    private readonly host: ServerHost,
  ) {}

  completionSources(withSnippets: boolean): CompletionSources {
    const { uri } = this.file.document;
    return {
      withSnippets,
      context: () => contextFolder(this.host, uri, this.file.contextUri),
      tags: (image) => this.host.imageTags(uri, image),
      search: (text) => this.host.searchImages(uri, text),
    };
  }

  async step(instruction: number): Promise<readonly string[]> {
    const ops = (await this.file.opsOf?.(instruction)) ?? [];
    if (ops.length === 0) return [];
    const rows = ops.map(({ kind, digest }) => `- \`${kind}\` ${digest}`);
    const past = (await this.past()).get(instruction);
    return [
      `Becomes ${ops.length === 1 ? 'one op' : `${ops.length} ops`}:`,
      rows.join('\n'),
      ...(past === undefined ? [] : [pastSentence(past, Date.now())]),
    ];
  }

  /** How instructions went in the last build, by their index. */
  async past(): Promise<ReadonlyMap<number, PastInstruction>> {
    const found = new Map<number, PastInstruction>();
    const known = (await this.host.pastSteps?.(this.file.document.uri)) ?? [];
    if (known.length === 0) return found;
    const steps = await this.steps();
    const byDigest = new Map(known.map((step) => [step.node, step]));
    const byName = new Map(known.map((step) => [nameInStage(step), step]));
    for (const index of this.file.view?.tree.instructions.keys() ?? []) {
      const past = together(
        steps.of(index).flatMap(({ neutralDigest, name, group }) => {
          // Edits above change the digest; the step is still the same to its author.
          const own = byDigest.get(neutralDigest) ?? byName.get(nameInStage({ name, group }));
          return own === undefined ? [] : [own];
        }),
      );
      if (past !== undefined) found.set(index, past);
    }
    return found;
  }

  async followers(): Promise<ReadonlyMap<number, number>> {
    return (await this.steps()).followers();
  }

  async image(ref: string): Promise<string[]> {
    const image = await this.resolve(ref);
    return image === undefined ? [] : imageText(image);
  }

  /** A digest's beginning and the age, for a hint behind the image. */
  async imageHint(ref: string): Promise<string | undefined> {
    const image = await this.resolve(ref);
    if (image === undefined || image.uncertain) return undefined;
    const age = imageAge(image, Date.now());
    const digest = ref.includes('@') ? undefined : image.digest?.slice(0, 'sha256:'.length + 12);
    const parts = [digest, age].filter((part) => part !== undefined);
    return parts.length === 0 ? undefined : parts.join(', ');
  }

  private async steps() {
    const { graph } = await this.file.compile({});
    return graphSteps(this.file.view, graph);
  }

  private async resolve(ref: string): Promise<ResolvedImage | undefined> {
    try {
      const reference = parseNormalized(ref);
      const bare = reference.tag === undefined && reference.digest === undefined;
      const full = formatReference(bare ? { ...reference, tag: 'latest' } : reference);
      const platform = parsePlatform(this.host.buildPlatforms[0] ?? 'linux/amd64');
      return await this.host
        .images(this.file.document.uri)
        .resolve(full, { platform, mode: 'default' });
    } catch {
      return undefined; // No image name, or none that exists: the diagnostics say so.
    }
  }
}

/** A build that somebody else's frontend described has only the names of stages, not their ids. */
const nameInStage = (step: { readonly name: string; readonly group?: string | undefined }) =>
  `${step.group?.replace(/^stage:/, '') ?? ''}\n${step.name}`;
