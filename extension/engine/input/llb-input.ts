/**
 * A file with marshalled LLB (`pb.Definition`) as build input. There is no text to stand in unless
 * the definition brings one along, so each op becomes a line of a listing.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as ops from '../../../proto/generated/ops';
import type { Definition, SourceLocation } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { definitionFromPb } from '../../../proto/model/unmarshal';
import { BuildFailure, type BuildInput } from './build-input';
import { expandVariables } from './expand-variables';
import { opText } from './op-text';
import type { ResolvedProfile } from '../profile/profile';

export type LlbSource = Extract<ResolvedProfile['source'], { kind: 'llb' }>;

/**
 * @throws BuildFailure when the file holds no definition
 * @throws the file system's error when it cannot be read
 */
export async function llbInput(profile: ResolvedProfile, source: LlbSource): Promise<BuildInput> {
  const bytes = await readFile(source.file);
  const definition = withListing(definitionOf(bytes, source.file), basename(source.file));
  const results = [{ id: '', definition }];
  return {
    kind: 'llb',
    path: source.file,
    text: bytes,
    directories: localDirectories(definition, profile, source),
    secrets: profile.secrets ?? [],
    entitlements: entitlementsOf(definition),
    preview: () => Promise.resolve({ results }),
    // Local sources that name no live session are served by ours, the only one there is.
    define: () => Promise.resolve({ results, metadata: new Map(), notes: [] }),
    pathOfSource: () => undefined,
    outline: () => undefined,
    contextAt: () => Promise.resolve(undefined),
    expand: expandVariables,
    assign: () => ({
      kind: 'refused',
      message: 'The steps of this file are made already; change the source that they come from.',
    }),
    arguments: () => Promise.resolve([]),
  };
}

function definitionOf(bytes: Uint8Array, file: string): Definition {
  try {
    const definition = definitionFromPb(ops.Definition.decode(bytes));
    if (definition.ops.length > 0) return definition;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new BuildFailure(`${basename(file)} is no LLB definition: ${error.message}`);
  }
  throw new BuildFailure(`${basename(file)} is no LLB definition: it holds no ops.`);
}

/** Ops without a place in a text get a line each in a text of their own. */
function withListing(definition: Definition, name: string): Definition {
  const hasPlaces = definition.ops.some(({ digest }) => definition.locations.has(digest));
  if (hasPlaces) return definition;
  const listed = definition.ops.filter(({ op }) => op.op.kind !== 'terminal');
  const order = listed.map(({ digest }) => digest);
  const lines = listed.map((entry, index) => `#${index} ${opText(entry, order)}`);
  const locations = new Map<Digest, readonly SourceLocation[]>(
    order.map((digest, index) => {
      const place = { line: index + 1, character: 0 };
      return [digest, [{ sourceIndex: 0, ranges: [{ start: place, end: place }] }]];
    }),
  );
  const data = new TextEncoder().encode(`${lines.join('\n')}\n`);
  const sources = [{ filename: `${name} (ops)`, language: 'LLB', data }];
  return { ...definition, locations, sources };
}

/** The folders that local sources read: by their names in "contexts", else the context. */
function localDirectories(
  { ops: entries }: Definition,
  { contexts = {} }: ResolvedProfile,
  { context }: LlbSource,
): Readonly<Record<string, string>> {
  const names = entries.flatMap(({ op: { op } }) =>
    op.kind === 'source' && op.identifier.startsWith('local://')
      ? [op.identifier.slice('local://'.length)]
      : [],
  );
  return Object.fromEntries(names.map((name) => [name, contexts[name] ?? context]));
}

function entitlementsOf({ ops: entries }: Definition): readonly string[] {
  const execs = entries.flatMap(({ op: { op } }) => (op.kind === 'exec' ? [op] : []));
  return [
    ...(execs.some(({ network }) => network === 'host') ? ['network.host'] : []),
    ...(execs.some(({ security }) => security === 'insecure') ? ['security.insecure'] : []),
  ];
}
