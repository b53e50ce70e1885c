/** The local sources of a build, where each lies on this machine, and what is listed of them. */
import type { Definition, DefinitionOp } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { neutralDigests } from '../../../proto/model/neutral-digest';
import type { SourceOp } from '../../../proto/model/op';
import type { SourceFiles } from './build-record';
import type { ContextFile } from './context-files';

/** What a build lends of this machine. */
export type Lent = {
  /** Local source name → absolute folder. */
  readonly directories: Readonly<Record<string, string>>;
  /** Those of them that are stores of Nix. */
  readonly stored?: readonly string[];
  /** The session that lends them, where sources of others count as unknown. */
  readonly session?: string;
};

export type LocalSource = {
  readonly digest: Digest;
  readonly source: SourceOp;
  readonly directory: string;
  readonly stored: boolean;
};

/** Each source once, of those whose folder is known. @param locals the ops that are local sources */
export function localSources(
  locals: Iterable<DefinitionOp>,
  { directories, stored = [], session }: Lent,
): LocalSource[] {
  return [...locals].flatMap(({ digest, op: { op: source } }) => {
    if (source.kind !== 'source') return [];
    // A linked build has the same names for folders of its own.
    const lender = source.attrs['local.session'];
    if (session !== undefined && lender !== undefined && lender !== session) return [];
    const name = source.identifier.replace(/^local:\/\//, '');
    const directory = directories[name];
    return directory === undefined
      ? []
      : [{ digest, source, directory, stored: stored.includes(name) }];
  });
}

/** Listings by their op's neutral digest, as records keep them. */
export function listingsByNeutral(
  definitions: readonly Definition[],
  files: SourceFiles,
): Record<string, readonly ContextFile[]> {
  return Object.fromEntries(
    definitions.flatMap((definition) =>
      [...neutralDigests(definition)].flatMap(([digest, neutral]) => {
        const listing = files.get(digest);
        return listing === undefined ? [] : [[neutral, listing] as const];
      }),
    ),
  );
}
