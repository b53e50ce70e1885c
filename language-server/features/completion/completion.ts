/** What can be typed at a position: from the instruction table, the file, the context, registries. */
import {
  CompletionItemKind,
  type CompletionItem,
  type Position,
} from 'vscode-languageserver-types';
import type { ContextFolder } from '../../context-folder';
import type { DockerfileView } from '../../dockerfile-view';
import {
  flagSpec,
  instructionSpec,
  type Choice,
  type InstructionName,
  type ValueKind,
  type ValueSpec,
} from '../../dockerfile';
import { placeAt, type ArgumentCursor, type Cursor } from './cursor';
import { directiveOffers } from './directives';
import { itemsOf, values, type Offer } from './items';
import { keywordOffers } from './keywords';
import { mountOffers } from './mounts';
import { argumentOffers, folderOffers, stageOffers, userOffers, variableOffers } from './names';
import { durations, labels, platforms, ports, shells, signals } from './words';

/** What the file does not say itself. */
export type CompletionSources = {
  readonly withSnippets: boolean;
  /** The build context; undefined where there is none to look at. */
  context(): Promise<ContextFolder | undefined>;
  /** The tags of an image; empty when they may not be asked for or no registry answers. */
  tags(image: string): Promise<readonly string[]>;
  /** Images whose name holds a text; empty unless searches are allowed. */
  search(text: string): Promise<readonly { readonly name: string; readonly docs: string }[]>;
};

export async function completion(
  view: DockerfileView,
  position: Position,
  sources: CompletionSources,
): Promise<CompletionItem[]> {
  const place = placeAt(view, view.offsetAt(position));
  switch (place.kind) {
    case 'nothing':
      return [];
    case 'directive': {
      const start = view.lineStart(position.line);
      const { typed, offers } = directiveOffers(view.text.slice(start, place.offset));
      return itemsOf(place, typed, offers);
    }
    case 'keyword':
      return itemsOf(place, place.word, keywordOffers(view, place, sources.withSnippets));
    case 'heredoc':
      return variables(place);
    case 'argument':
      return argument(place, sources);
  }
}

async function argument(
  cursor: ArgumentCursor,
  sources: CompletionSources,
): Promise<CompletionItem[]> {
  if (/\$\{?\w*$/.test(cursor.word)) return variables(cursor);
  if (cursor.inFlags && cursor.word.startsWith('-')) return flag(cursor, sources);
  return (await argumentItems[cursor.name]?.(cursor, sources)) ?? [];
}

type ArgumentItems = (
  cursor: ArgumentCursor,
  sources: CompletionSources,
) => CompletionItem[] | Promise<CompletionItem[]>;

const filesAndFlags: ArgumentItems = async (cursor, sources) => [
  ...flagNames(cursor),
  ...(await files(cursor, cursor.word, sources)),
];
const folders: ArgumentItems = (cursor) =>
  itemsOf(cursor, cursor.word, folderOffers(cursor.view, cursor.offset));
/** For instructions with one argument. */
const onlyFirst =
  (items: ArgumentItems): ArgumentItems =>
  (cursor, sources) =>
    cursor.before.length > 0 ? [] : items(cursor, sources);

/** What the arguments of each instruction may be; the shell's own words are not offered. */
const argumentItems: Partial<Record<InstructionName, ArgumentItems>> = {
  add: filesAndFlags,
  copy: filesAndFlags,
  arg: (cursor) =>
    cursor.word.includes('=')
      ? []
      : itemsOf(cursor, cursor.word, argumentOffers(cursor.view, cursor.offset)),
  expose: (cursor) => itemsOf(cursor, cursor.word, exposeOffers(cursor.word)),
  async from(cursor, sources) {
    const { before, word } = cursor;
    if (before.length === 0) return [...flagNames(cursor), ...(await images(cursor, sources))];
    return before.length === 1
      ? itemsOf(cursor, word, [{ label: 'AS', kind: CompletionItemKind.Keyword, text: 'AS ' }])
      : [];
  },
  healthcheck: onlyFirst((cursor) => [
    ...flagNames(cursor),
    ...itemsOf(cursor, cursor.word, healthcheckKinds),
  ]),
  label: (cursor) => (cursor.word.includes('=') ? [] : itemsOf(cursor, cursor.word, labelOffers)),
  run: onlyFirst(flagNames),
  shell: onlyFirst((cursor) => itemsOf(cursor, cursor.word, values(shells))),
  stopsignal: onlyFirst((cursor) => itemsOf(cursor, cursor.word, values(signals))),
  user: onlyFirst((cursor) => owners(cursor, cursor.word)),
  volume: folders,
  workdir: folders,
};

const healthcheckKinds: readonly Offer[] = [
  { label: 'CMD', kind: CompletionItemKind.Keyword, text: 'CMD ', docs: 'Check by a command.' },
  { label: 'NONE', kind: CompletionItemKind.Keyword, docs: 'No check.' },
];

const labelOffers: readonly Offer[] = labels.map(({ value, docs }) => ({
  label: value,
  kind: CompletionItemKind.Property,
  docs,
  text: `${value}=`,
}));

/** Behind a number come protocols. */
function exposeOffers(word: string): Offer[] {
  const [, port] = /^(\d[\d-]*)\/?\w*$/.exec(word) ?? [];
  const protocols = ['tcp', 'udp', 'sctp'].map((protocol) => ({ value: `${port}/${protocol}` }));
  return [...values(ports), ...(port === undefined ? [] : values(protocols))].map(
    (offer, index) => ({
      ...offer,
      order: String(index).padStart(3, '0'),
    }),
  );
}

/** Behind `$` or `${`. */
function variables(cursor: Cursor & { readonly view: DockerfileView }): CompletionItem[] {
  const [, brace = '', typed = ''] = /\$(\{?)(\w*)$/.exec(cursor.word) ?? [];
  if (!cursor.word.includes('$')) return [];
  const closes = brace !== '' && cursor.view.text[cursor.offset] !== '}';
  const offers = variableOffers(cursor.view, cursor.offset).map((offer): Offer =>
    closes ? { ...offer, text: `${offer.label}}` } : offer,
  );
  return itemsOf(cursor, typed, offers);
}

/** Flags that the instruction does not have yet. */
function flagNames(cursor: ArgumentCursor): CompletionItem[] {
  if (!cursor.inFlags) return [];
  const given = new Set(
    cursor.instruction.flags
      .filter(({ start }) => start !== cursor.wordStart)
      .map(({ name }) => name),
  );
  const offers = instructionSpec(cursor.name)
    .flags.filter(({ name, form }) => form === 'list' || !given.has(name))
    .map(({ name, form, docs, since, channel }): Offer => {
      const notes = [
        ...(since === undefined ? [] : [`Since Dockerfile ${since}.`]),
        ...(channel === 'labs' ? ['Needs `# syntax=docker/dockerfile:1-labs`.'] : []),
      ];
      return {
        label: form === 'bool' ? `--${name}` : `--${name}=`,
        kind: CompletionItemKind.Field,
        docs: [docs, ...notes].join('\n\n'),
        order: `0${name}`,
        goesOn: form !== 'bool',
      };
    });
  return itemsOf(cursor, cursor.word, offers);
}

async function flag(cursor: ArgumentCursor, sources: CompletionSources): Promise<CompletionItem[]> {
  const equals = cursor.word.indexOf('=');
  if (equals < 0) return flagNames(cursor);
  const name = cursor.word.slice(2, equals);
  const typed = cursor.word.slice(equals + 1);
  const spec = flagSpec(cursor.name, name);
  if (spec === undefined) return [];
  if (spec.value.kind === 'mount') {
    const { typed: field, offers, wants } = mountOffers(typed);
    const items = itemsOf(cursor, field, offers);
    if (wants === 'stage') return [...items, ...(await stages(cursor, field, sources))];
    if (wants === 'source') return [...items, ...(await files(cursor, field, sources))];
    return wants === 'path'
      ? [...items, ...itemsOf(cursor, field, folderOffers(cursor.view, cursor.offset))]
      : items;
  }
  return flagValue(cursor, spec.value, typed, sources);
}

async function flagValue(
  cursor: ArgumentCursor,
  spec: ValueSpec,
  typed: string,
  sources: CompletionSources,
): Promise<CompletionItem[]> {
  if (spec.kind === 'stage') return stages(cursor, typed, sources);
  if (spec.kind === 'pattern') return files(cursor, typed, sources);
  if (spec.kind === 'owner') return owners(cursor, typed);
  return itemsOf(cursor, typed, values(spec.choices ?? listed[spec.kind] ?? []));
}

const modes = [
  { value: '0644', docs: 'The owner writes, all read.' },
  { value: '0755', docs: 'The owner writes, all read and run.' },
  { value: '0600', docs: 'Only the owner reads and writes.' },
  { value: '0700', docs: 'Only the owner reads, writes and runs.' },
  { value: 'u=rwX,go=rX', docs: 'The owner writes, all read; folders and programs stay so.' },
  { value: '+x', docs: 'All may run it.' },
];

/** Values that are not in the instruction table. */
const listed: Partial<Record<ValueKind, readonly Choice[]>> = {
  bool: [
    { value: 'true', docs: 'On.' },
    { value: 'false', docs: 'Off.' },
  ],
  duration: durations,
  mode: modes,
  'mode-or-symbols': modes,
  platform: platforms,
};

/** `user:group`: behind the colon the same names again. */
function owners(cursor: ArgumentCursor, typed: string): CompletionItem[] {
  const name = typed.slice(typed.lastIndexOf(':') + 1);
  return itemsOf(cursor, name, userOffers(cursor.view));
}

async function stages(
  cursor: ArgumentCursor,
  typed: string,
  sources: CompletionSources,
): Promise<CompletionItem[]> {
  const place = cursor.name === 'copy' ? 'copy' : 'mount';
  const offers = stageOffers(cursor.view, cursor.offset, place);
  return [...itemsOf(cursor, typed, offers), ...(await tags(cursor, typed, sources))];
}

async function images(
  cursor: ArgumentCursor,
  sources: CompletionSources,
): Promise<CompletionItem[]> {
  const { view, offset, word } = cursor;
  const known = [
    ...stageOffers(view, offset, 'from'),
    {
      label: 'scratch',
      kind: CompletionItemKind.Module,
      docs: 'Nothing: an empty file system.',
      order: '2',
    },
  ];
  const found = word.length < 2 || /[:@]/.test(word) ? [] : await sources.search(word);
  const offers = found.map(({ name, docs }, index): Offer => ({
    label: name,
    kind: CompletionItemKind.Module,
    docs,
    order: `3${String(index).padStart(3, '0')}`,
  }));
  return [...itemsOf(cursor, word, [...known, ...offers]), ...(await tags(cursor, word, sources))];
}

/** Behind `image:`. */
async function tags(
  cursor: ArgumentCursor,
  typed: string,
  sources: CompletionSources,
): Promise<CompletionItem[]> {
  const colon = typed.lastIndexOf(':');
  if (colon <= typed.lastIndexOf('/') || typed.includes('@') || typed.includes('$')) return [];
  const found = await sources.tags(typed.slice(0, colon));
  const offers = newestFirst(found).map((label, index): Offer => ({
    label,
    kind: CompletionItemKind.Value,
    order: String(index).padStart(6, '0'),
  }));
  return itemsOf(cursor, typed.slice(colon + 1), offers);
}

/** `latest`, then higher versions before lower ones, then the rest. */
function newestFirst(found: readonly string[]): string[] {
  const rank = (tag: string) => (tag === 'latest' ? 0 : /^v?\d/.test(tag) ? 1 : 2);
  const collator = new Intl.Collator('en', { numeric: true });
  return found.toSorted((a, b) => rank(a) - rank(b) || collator.compare(b, a));
}

/** Paths of the context, and folders of the image as destinations. */
async function files(
  cursor: ArgumentCursor,
  typed: string,
  sources: CompletionSources,
): Promise<CompletionItem[]> {
  const { view, offset, before, instruction } = cursor;
  const destinations = before.length > 0 ? folderOffers(view, offset) : [];
  const fromElsewhere = instruction.flags.some(({ name }) => name === 'from');
  const quote = /^\[?"?/.exec(typed)?.[0] ?? '';
  const path = typed.slice(quote.length);
  const context = fromElsewhere || path.startsWith('/') ? undefined : await sources.context();
  const slash = path.lastIndexOf('/') + 1;
  const entries = (await context?.list(path.slice(0, slash))) ?? [];
  const offers = entries.map(({ name, isFolder }): Offer => ({
    label: isFolder ? `${name}/` : name,
    kind: isFolder ? CompletionItemKind.Folder : CompletionItemKind.File,
    order: `${isFolder ? 1 : 0}${name}`,
    goesOn: isFolder,
  }));
  return [...itemsOf(cursor, path.slice(slash), offers), ...itemsOf(cursor, path, destinations)];
}
