/** The Bake and Compose files that may build a Dockerfile: those beside it and in the folders above. */
import type { Location, Position, WorkspaceEdit } from 'vscode-languageserver-types';
import type { BuildFile, OfferedName } from '../build-file';
import type { DockerfileView } from '../dockerfile-view';
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
  return files.flatMap((file) =>
    file
      .placesOf(view.uri, wanted.kind, wanted.text)
      .map((range) => ({ uri: file.document.uri, range })),
  );
}

/** A rename, with the places elsewhere added to it. */
export function withPlaces(
  edit: WorkspaceEdit,
  places: readonly Location[],
  newText: string,
): WorkspaceEdit {
  const changes = { ...edit.changes };
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
