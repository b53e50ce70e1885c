/** The Bake and Compose files that may build a Dockerfile: those beside it and in the folders above. */
import type { Location, Position, Range, WorkspaceEdit } from 'vscode-languageserver-types';
import type { BuildFile, OfferedName } from '../build-file';
import { DockerfileView } from '../dockerfile-view';
import type { ServerHost } from '../host';
import { documentOf, type Encoding } from '../position-encoding';
import { CompositionFile, compositionReader } from './composition-file';

const names = [
  ...['docker-bake.hcl', 'docker-bake.json', 'docker-bake.override.hcl'],
  ...['docker-bake.override.json', 'compose.yaml', 'compose.yml', 'compose.override.yaml'],
  ...['docker-compose.yaml', 'docker-compose.yml', 'docker-compose.override.yml'],
];

/** Folders looked at above that of the Dockerfile. */
const levels = 3;

export type CompositionSources = {
  readonly host: Pick<ServerHost, 'readText'>;
  /** The open document of a URI: what is being edited counts, not what was saved. */
  readonly opened: (uri: string) => BuildFile | undefined;
  readonly encoding: Encoding;
};

async function compositionsAround(
  dockerfile: string,
  { host, opened, encoding }: CompositionSources,
): Promise<CompositionFile[]> {
  const folders = new Set<string>();
  for (let level = 0; level <= levels; level++) {
    folders.add(new URL(level === 0 ? '.' : '../'.repeat(level), dockerfile).href);
  }
  const uris = [...folders].flatMap((folder) => names.map((name) => `${folder}${name}`));
  const found = await Promise.all(
    uris.map(async (uri) => {
      const open = opened(uri);
      if (open !== undefined) return open instanceof CompositionFile ? open : undefined;
      const read = compositionReader(uri);
      const text = await host.readText(uri);
      if (read === undefined || text === undefined) return undefined;
      const document = documentOf({ uri, languageId: 'yaml', version: 0 }, text, encoding);
      return new CompositionFile(document, host, read);
    }),
  );
  return found.filter((file) => file !== undefined);
}

/** The places in Bake and Compose files that name the stage or argument at a position. */
export async function placesElsewhere(
  view: DockerfileView,
  position: Position,
  sources: CompositionSources,
): Promise<Location[]> {
  const wanted = nameAt(view, position);
  if (wanted === undefined || !view.uri.startsWith('file:')) return [];
  const files = await compositionsAround(view.uri, sources);
  const places = await Promise.all(
    files.map(async (file) => {
      const ranges = await file.placesOf(view.uri, wanted.kind, wanted.text);
      return ranges.map((range) => ({ uri: file.document.uri, range }));
    }),
  );
  return places.flat();
}

/** Where a Dockerfile defines a name that a Bake or Compose file uses. */
export type NameInDockerfile = {
  readonly view: DockerfileView;
  readonly position: Position;
  /** The name in the Bake or Compose file. */
  readonly range: Range;
};

/**
 * What the name at a position of a Bake or Compose file stands for.
 * @returns undefined for a file of another kind, and for a stage that is named by its number
 */
export async function nameInDockerfile(
  file: BuildFile | undefined,
  position: Position,
  { host, opened, encoding }: CompositionSources,
): Promise<NameInDockerfile | undefined> {
  const name = file instanceof CompositionFile ? await file.nameAt(position) : undefined;
  if (name === undefined) return undefined;
  let view = opened(name.dockerfile)?.view;
  if (view === undefined) {
    const text = await host.readText(name.dockerfile);
    if (text === undefined) return undefined;
    const about = { uri: name.dockerfile, languageId: 'dockerfile', version: 0 };
    view = new DockerfileView(documentOf(about, text, encoding));
  }
  const start =
    name.kind === 'stage'
      ? view.stages.stages.findLast(({ alias }) => isSameStage(alias?.text, name.text))?.alias
          ?.start
      : argumentStarts(view, name.text)[0];
  if (start === undefined) return undefined;
  return { view, position: view.document.positionAt(start), range: name.range };
}

function isSameStage(alias: string | undefined, name: string): boolean {
  return alias?.toLowerCase() === name.toLowerCase();
}

/** Every ARG of a name. */
function argumentStarts({ variables }: DockerfileView, name: string): number[] {
  return [variables.global, ...variables.stages].flatMap(({ definitions }) =>
    (definitions.get(name) ?? []).flatMap(({ kind, span }) => (kind === 'arg' ? [span.start] : [])),
  );
}

/**
 * Where a rename has to begin so that all that a name means is renamed: one value of a Bake or
 * Compose file goes to the ARGs of all stages, which otherwise have nothing to do with each other.
 *
 * @param places those that name it in Bake and Compose files
 */
export function renamedPositions(
  view: DockerfileView,
  position: Position,
  places: readonly Location[],
): Position[] {
  const wanted = nameAt(view, position);
  if (wanted?.kind !== 'argument' || places.length === 0) return [position];
  const starts = argumentStarts(view, wanted.text);
  return [position, ...starts.map((start) => view.document.positionAt(start))];
}

/** Renames as one, with the places elsewhere added to them. */
export function withPlaces(
  edits: readonly WorkspaceEdit[],
  places: readonly Location[],
  newText: string,
): WorkspaceEdit {
  const changes: NonNullable<WorkspaceEdit['changes']> = {};
  for (const [uri, more] of edits.flatMap((edit) => Object.entries(edit.changes ?? {}))) {
    const known = changes[uri] ?? [];
    const isNew = ({ range }: { readonly range: Range }) =>
      !known.some((edit) => JSON.stringify(edit.range) === JSON.stringify(range));
    changes[uri] = [...known, ...more.filter(isNew)];
  }
  for (const { uri, range } of places) {
    changes[uri] = [...(changes[uri] ?? []), { range, newText }];
  }
  return { changes };
}

/** Only what a file outside can name: a stage, or a variable that some ARG declares. */
function nameAt(
  view: DockerfileView,
  position: Position,
): { readonly kind: OfferedName['kind']; readonly text: string } | undefined {
  const name = view.occurrences.at(view.offsetAt(position))?.name;
  const written = name?.occurrences.find(({ role }) => role === 'write');
  if (name === undefined || written === undefined) return undefined;
  const text = view.text.slice(written.span.start, written.span.end);
  if (name.kind === 'stage') return { kind: 'stage', text };
  const isArgument = name.occurrences.some(
    ({ span, role }) => role === 'write' && view.instructionAt(span.start)?.name === 'arg',
  );
  return name.kind === 'variable' && isArgument ? { kind: 'argument', text } : undefined;
}
