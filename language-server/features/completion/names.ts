/** Names that the file itself gives: stages, variables, users, folders. */
import { CompletionItemKind } from 'vscode-languageserver-types';
import type { DockerfileView } from '../../dockerfile-view';
import { predefinedVariables } from '../../dockerfile';
import type { Offer } from './items';

/**
 * Stages that can be named at an offset: behind FROM those before it, in a flag all others.
 * Only `COPY --from` takes a number for a stage without a name.
 */
export function stageOffers(
  view: DockerfileView,
  offset: number,
  place: 'from' | 'copy' | 'mount',
): Offer[] {
  const own = view.stageAt(offset);
  return view.stages.stages
    .filter(({ index }) => (place === 'from' ? index < (own?.index ?? 0) : index !== own?.index))
    .flatMap(({ alias, image, index }) =>
      alias === undefined && place !== 'copy'
        ? []
        : [
            {
              label: alias?.text ?? String(index),
              kind: CompletionItemKind.Class,
              detail: `FROM ${image?.text ?? ''}`,
              order: `1${String(index).padStart(6, '0')}`,
            },
          ],
    );
}

/** Variables that have a value at an offset, then those that exist without an ARG. */
export function variableOffers(view: DockerfileView, offset: number): Offer[] {
  const scope = view.scopeAt(offset);
  const visible = view.variables.visible(scope, offset);
  const declared = [...visible].map(([name, { kind, value }]): Offer => ({
    label: name,
    kind: CompletionItemKind.Variable,
    detail: value ?? '(set by --build-arg)',
    docs: kind === 'arg' ? 'A build argument.' : 'An environment variable.',
    order: `1${name}`,
  }));
  const isGlobal = scope.stage === undefined;
  const predefined = [...predefinedVariables]
    .filter(([name, { scope: kind }]) => {
      if (visible.has(name)) return false;
      return isGlobal ? kind === 'platform' || kind === 'target' : kind === 'proxy';
    })
    .map(([name, { docs }]): Offer => ({
      label: name,
      kind: CompletionItemKind.Constant,
      docs,
      order: `2${name}`,
    }));
  return [...declared, ...predefined];
}

/** What an ARG may declare: global arguments in a stage, and what BuildKit sets itself. */
export function argumentOffers(view: DockerfileView, offset: number): Offer[] {
  const inStage = view.stageAt(offset) !== undefined;
  const globals = inStage ? [...view.variables.global.definitions] : [];
  return [
    ...globals.map(([name, definitions]): Offer => ({
      label: name,
      kind: CompletionItemKind.Variable,
      detail: definitions.at(-1)?.value ?? '',
      docs: 'Takes over the global argument.',
      order: `1${name}`,
    })),
    ...[...predefinedVariables].map(([name, { docs }]): Offer => ({
      label: name,
      kind: CompletionItemKind.Constant,
      docs,
      order: `2${name}`,
    })),
  ];
}

/** Users that the file names or makes, and root. */
export function userOffers(view: DockerfileView): Offer[] {
  const users = new Set<string>();
  for (const { name, args, original } of view.tree.instructions) {
    if (name === 'user') users.add(args[0]?.split(':')[0] ?? '');
    if (name !== 'run') continue;
    for (const [, user = ''] of original.matchAll(
      /\b(?:useradd|adduser)\s(?:[^&|;]*\s)?([a-z_][\w-]*)(?=\s*(?:$|[&|;]))/g,
    )) {
      users.add(user);
    }
  }
  users.add('root');
  users.add('nobody');
  users.delete('');
  return [...users].map((label, index) => ({
    label,
    kind: CompletionItemKind.Value,
    order: `1${index}`,
  }));
}

/** Folders of the image that the stage has worked in. */
export function folderOffers(view: DockerfileView, offset: number): Offer[] {
  const folders = new Set<string>();
  for (let stage = view.stageAt(offset); stage !== undefined; stage = stage.base) {
    let folder = '/';
    for (const { name, args, span } of stage.instructions) {
      if (name !== 'workdir' || span.end >= offset) continue;
      const path = args[0] ?? '';
      folder = path.startsWith('/') ? path : `${folder.replace(/\/$/, '')}/${path}`;
      folders.add(folder.endsWith('/') ? folder : `${folder}/`);
    }
  }
  return [...folders].map((label) => ({ label, kind: CompletionItemKind.Folder }));
}
