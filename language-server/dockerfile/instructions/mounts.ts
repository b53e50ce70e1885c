/** `RUN --mount=…`: keys and values, checked in the order in which they stand. */
import { mountOptions, mountSpecs, sharingChoices, type MountTypeName } from '../grammar/mounts';
import { csvFields } from '../text/csv';
import { parseInteger, parseRamSize } from '../text/go-numbers';
import { cut, parseBool, quote, toLower } from '../text/go';
import { withSuggestion } from '../text/suggest';
import type { CacheSharing, MountType } from '../../../proto/model/op';
import type { MountFlag } from './command';

export type RunMount = {
  readonly type: MountType;
  readonly from: string;
  readonly source: string;
  readonly target: string;
  readonly readonly: boolean;
  /** Bytes; 0 without a limit. */
  readonly size: number;
  readonly id: string;
  readonly sharing?: CacheSharing;
  readonly required: boolean;
  /** The variable that a secret becomes; an empty text is a name like any other. */
  readonly env?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
};

const mountTypes = Object.keys(mountSpecs).filter(isMountType);
const sharingModes = sharingChoices.map(({ value }) => value);

/** Every key of every type; BuildKit suggests any of them. */
const mountKeys = [
  ...new Set(mountTypes.flatMap(mountOptions).flatMap(({ name, aliases }) => [name, ...aliases])),
];

function isMountType(name: string): name is MountTypeName {
  return Object.hasOwn(mountSpecs, name);
}

function fields(text: string): string[] {
  try {
    return csvFields(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to parse csv mounts: ${reason}`, { cause: error });
  }
}

/**
 * Reads what is needed to know the stages that a RUN depends on. Only `from` is checked here.
 * @throws Error with BuildKit's message.
 */
export function scanMount(text: string): MountFlag {
  let from = '';
  for (const field of fields(text)) {
    const [written, value, valued] = cut(field, '=');
    if (!valued || toLower(written) !== 'from') continue;
    const dollar = value.indexOf('$');
    if (dollar >= 0 && dollar !== value.length - 1) {
      throw new Error("'from' doesn't support variable expansion, define alias stage instead");
    }
    from = value;
  }
  return { text, from };
}

type MountDraft = { -readonly [Key in keyof RunMount]: RunMount[Key] } & { readonlyGiven: boolean };
type Setter = (mount: MountDraft, key: string, value: string) => void;

const setters: ReadonlyMap<string, Setter> = new Map<string, Setter>([
  ['type', (mount, _key, value) => (mount.type = oneOf(mountTypes, 'mount type', value))],
  ['from', (mount, _key, value) => (mount.from = value)],
  ...aliases(['source', 'src'], (mount, _key, value) => (mount.source = value)),
  ...aliases(['target', 'dst', 'destination'], (mount, _key, value) => (mount.target = value)),
  ...aliases(['readonly', 'ro'], (mount, key, value) => setReadonly(mount, bool(key, value))),
  ...aliases(['readwrite', 'rw'], (mount, key, value) => setReadonly(mount, !bool(key, value))),
  [
    'required',
    (mount, key, value) => {
      checkType(mount, key, ['secret', 'ssh']);
      mount.required = bool(key, value);
    },
  ],
  [
    'size',
    (mount, key, value) => {
      checkType(mount, key, ['tmpfs']);
      mount.size = size(key, value);
    },
  ],
  ['id', (mount, _key, value) => (mount.id = value)],
  [
    'sharing',
    (mount, _key, value) => (mount.sharing = oneOf(sharingModes, 'sharing value', value)),
  ],
  ['mode', (mount, key, value) => (mount.mode = unsigned(key, value, 8))],
  ['uid', (mount, key, value) => (mount.uid = unsigned(key, value, 10))],
  ['gid', (mount, key, value) => (mount.gid = unsigned(key, value, 10))],
  ['env', (mount, _key, value) => (mount.env = value)],
]);

/** Keys that may stand without a value. */
const bareSetters: ReadonlyMap<string, Setter> = new Map<string, Setter>([
  ...aliases(['readonly', 'ro'], (mount) => setReadonly(mount, true)),
  ...aliases(['readwrite', 'rw'], (mount) => setReadonly(mount, false)),
  [
    'required',
    (mount, key) => {
      checkType(mount, key, ['secret', 'ssh']);
      mount.required = true;
    },
  ],
]);

/**
 * Reads a mount, each value expanded first.
 * @throws Error with BuildKit's message, or what `expand` throws.
 */
export function parseMount(text: string, expand: (value: string) => string): RunMount {
  const draft: MountDraft = {
    type: 'bind',
    from: '',
    source: '',
    target: '',
    readonly: false,
    size: 0,
    id: '',
    required: false,
    readonlyGiven: false,
  };
  for (const field of fields(text)) {
    const [written, value, valued] = cut(field, '=');
    const key = toLower(written);
    if (!valued) {
      const set = bareSetters.get(key);
      if (set === undefined) throw new Error(`invalid field '${field}' must be a key=value pair`);
      set(draft, key, '');
      continue;
    }
    const expanded = expand(value);
    const set = setters.get(key);
    if (set === undefined) {
      throw new Error(withSuggestion(`unexpected key '${key}' in '${field}'`, key, mountKeys));
    }
    set(draft, key, expanded);
  }
  return finish(draft);
}

function finish(draft: MountDraft): RunMount {
  const { readonlyGiven, ...mount } = draft;
  if (mount.type === 'bind' || mount.type === 'tmpfs') {
    for (const key of ['mode', 'uid', 'gid'] as const) {
      if (mount[key] !== undefined) {
        throw new Error(`${key} not allowed for ${quote(mount.type)} type mounts`);
      }
    }
  }
  if (!readonlyGiven) mount.readonly = mount.type !== 'cache' && mount.type !== 'tmpfs';
  if (mount.type === 'secret') {
    if (mount.from !== '') throw new Error('secret mount should not have a from');
    if (mount.sharing !== undefined) throw new Error('secret mount should not define sharing');
    if (mount.source === '' && mount.target === '' && mount.id === '') {
      throw new Error('invalid secret mount. one of source, target required');
    }
    if (mount.source !== '' && mount.id !== '') {
      throw new Error("both source and id can't be set");
    }
  }
  if (mount.sharing !== undefined && mount.type !== 'cache') {
    throw new Error(`invalid cache sharing set for ${mount.type} mount`);
  }
  return mount;
}

function aliases(keys: readonly string[], set: Setter): [string, Setter][] {
  return keys.map((key) => [key, set]);
}

function setReadonly(mount: MountDraft, readonly: boolean): void {
  mount.readonly = readonly;
  mount.readonlyGiven = true;
}

function checkType(mount: MountDraft, key: string, types: readonly MountType[]): void {
  if (!types.includes(mount.type)) {
    throw new Error(`unexpected key '${key}' for mount type '${mount.type}'`);
  }
}

function oneOf<T extends string>(options: readonly T[], what: string, value: string): T {
  const lower = toLower(value);
  const found = options.find((option) => option === lower);
  if (found !== undefined) return found;
  throw new Error(withSuggestion(`unsupported ${what} ${quote(value)}`, value, options));
}

function bool(key: string, value: string): boolean {
  const parsed = parseBool(value);
  if (parsed === undefined) throw new Error(`invalid value for ${key}: ${value}`);
  return parsed;
}

function size(key: string, value: string): number {
  try {
    return parseRamSize(value);
  } catch (error) {
    throw new Error(`invalid value for ${key}: ${value}`, { cause: error });
  }
}

function unsigned(key: string, value: string, base: 8 | 10): number {
  try {
    return Number(parseInteger(value, base, 32, 'ParseUint'));
  } catch (error) {
    throw new Error(`invalid value ${value} for ${key}`, { cause: error });
  }
}
