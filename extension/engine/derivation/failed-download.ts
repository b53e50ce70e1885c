/**
 * Downloads that failed. They are BuildKit's own steps, whose errors name neither the derivation nor
 * always the cause: what a server sends with an error is only found to have another hash.
 */
import { BuildkitError } from '../../../proto/client/buildkit-error';
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { definitionToPb } from '../../../proto/model/unmarshal';
import { DefinitionBuilder } from '../../../language-server/derivation/compile/definition-builder';
import type { FailedBuild } from '../input/build-input';

export type FailedDownload = {
  readonly url: string;
  /** Store paths of the derivations that need it; at least one. */
  readonly drvs: readonly string[];
  /** Why nothing came; undefined when something did, and has another hash. */
  readonly why: string | undefined;
};

type Job = Pick<FailedBuild, 'solveDefinition'>;
/** An error, and the op of the derivation that it is about, where that is known. */
type Failure = { readonly error: unknown; readonly op?: Digest };

/**
 * Undefined when it was something else that failed.
 * @param definition what the builder was asked for
 */
export async function failedDownload(
  job: Job,
  definition: Definition | undefined,
  { error, op: user }: Failure,
): Promise<FailedDownload | undefined> {
  if (!(error instanceof BuildkitError) || definition === undefined) return undefined;
  const { vertex } = error.details;
  const { op } = definition.ops.find(({ digest }) => digest === vertex)?.op ?? {};
  if (op?.kind !== 'source' || !/^https?:/.test(op.identifier)) return undefined;
  const drvs = user === undefined ? usersOf(definition, vertex) : namesOf(definition, user);
  if (drvs.length === 0) return undefined;
  const isOther = error.message.includes('digest mismatch');
  const why = isOther ? await refusal(job, op.identifier) : error.message;
  return { url: op.identifier, drvs, why };
}

function usersOf(definition: Definition, vertex: string | undefined): string[] {
  return definition.ops
    .filter(({ op }) => op.inputs.some(({ digest }) => digest === vertex))
    .flatMap(({ digest }) => namesOf(definition, digest));
}

function namesOf({ metadata }: Definition, digest: Digest): string[] {
  return [metadata.get(digest)?.description['llb-lens.derivation'] ?? []].flat();
}

/** What a server answers in place of a file; undefined when it has one. */
async function refusal(job: Job, identifier: string): Promise<string | undefined> {
  const builder = new DefinitionBuilder();
  const notes = { name: `[internal] ask for ${identifier}`, caps: ['source.http'] };
  // Where nothing is known of the hash, BuildKit looks at the status.
  const source = { kind: 'source', identifier, attrs: {} } as const;
  const digest = builder.add({ inputs: [], op: source }, notes);
  try {
    await job.solveDefinition(definitionToPb(builder.finish({ digest, index: 0 }, [])));
    return undefined;
  } catch (error) {
    if (!(error instanceof BuildkitError)) throw error;
    const [, status] = /invalid response status (\d+)/.exec(error.message) ?? [];
    return status === undefined ? error.message : `HTTP error ${status}`;
  }
}

/** In Nix's words, the derivation first. */
export function downloadText({ url, drvs: [drv = ''], why }: FailedDownload): string | undefined {
  if (why === undefined) return undefined;
  return `Cannot build '${drv}'. Reason: unable to download '${url}': ${why}`;
}
