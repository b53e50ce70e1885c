/** `RUN --mount=type=…,…`: its types, and the options that each of them has. */
import type { Choice, MountOptionSpec, ValueSpec } from './specification';

const path: ValueSpec = { kind: 'path' };
const bool: ValueSpec = { kind: 'bool', fallback: 'false' };

const target: Omit<MountOptionSpec, 'docs'> = {
  name: 'target',
  aliases: ['dst', 'destination'],
  bare: false,
  value: path,
};
const from: Omit<MountOptionSpec, 'docs'> = {
  name: 'from',
  aliases: [],
  bare: false,
  value: { kind: 'stage' },
};
const source: Omit<MountOptionSpec, 'docs'> = {
  name: 'source',
  aliases: ['src'],
  bare: false,
  value: { kind: 'source', fallback: '/' },
};
const readonly: MountOptionSpec = {
  name: 'readonly',
  aliases: ['ro'],
  bare: true,
  value: bool,
  docs: 'The command cannot write here.',
};
const readwrite: MountOptionSpec = {
  name: 'readwrite',
  aliases: ['rw'],
  bare: true,
  value: bool,
  docs: 'The command may write here. What it writes is thrown away when it ends.',
};
const required: MountOptionSpec = {
  name: 'required',
  aliases: [],
  bare: true,
  value: bool,
  docs: 'Fail the step when the client does not offer it, instead of running without.',
};
const id = (docs: string): MountOptionSpec => ({
  name: 'id',
  aliases: [],
  bare: false,
  value: { kind: 'text' },
  docs,
});
const mode = (fallback: string, docs: string): MountOptionSpec => ({
  name: 'mode',
  aliases: [],
  bare: false,
  value: { kind: 'mode', fallback },
  docs,
});
const ids = (what: string): MountOptionSpec[] =>
  (['uid', 'gid'] as const).map((name) => ({
    name,
    aliases: [],
    bare: false,
    value: { kind: 'integer', fallback: '0' },
    docs: `The number of the ${name === 'uid' ? 'user' : 'group'} that owns ${what}.`,
  }));

export const sharingChoices = [
  { value: 'shared', docs: 'Any number of steps may use the cache at once.' },
  { value: 'private', docs: 'A step that finds the cache in use gets another one.' },
  { value: 'locked', docs: 'A step that finds the cache in use waits for it.' },
] as const satisfies readonly Choice[];

export type MountTypeSpec = { readonly docs: string; readonly options: readonly MountOptionSpec[] };

/** By type. BuildKit lists the types in this order. */
export const mountSpecs = {
  bind: {
    docs: 'Files of the build context, a stage or an image appear at a path while the command runs.',
    options: [
      { ...target, docs: 'Where the files appear.' },
      { ...from, docs: 'The stage, image or named context to take. Default: the build context.' },
      { ...source, docs: 'The path to take from there.' },
      readonly,
      readwrite,
    ],
  },
  cache: {
    docs: 'A folder that outlives the build: for package managers and compilers. It may be empty at any time.',
    options: [
      { ...target, docs: 'Where the cache appears.' },
      id('Caches with one id are one cache. Default: the target path.'),
      {
        name: 'sharing',
        aliases: [],
        bare: false,
        value: { kind: 'choice', choices: sharingChoices, fallback: 'shared' },
        docs: 'What happens when two steps use the cache at the same time.',
      },
      { ...from, docs: 'What a new cache starts with. Default: an empty folder.' },
      { ...source, docs: 'The path to take from there.' },
      mode('0755', 'Permission bits of a new cache folder, in octal.'),
      ...ids('a new cache folder'),
      readonly,
      readwrite,
    ],
  },
  tmpfs: {
    docs: 'An empty file system in memory, gone when the command ends.',
    options: [
      { ...target, docs: 'Where the file system appears.' },
      {
        name: 'size',
        aliases: [],
        bare: false,
        value: { kind: 'size' },
        docs: 'How large it may grow, e.g. `64m`. Default: no limit.',
      },
      readonly,
      readwrite,
    ],
  },
  secret: {
    docs: 'A secret of the client: a file or a variable that stays out of the image and of the cache.',
    options: [
      id('The secret, as named by `--secret id=…`. Default: the last part of the target path.'),
      {
        ...target,
        docs: 'Where the secret appears as a file. Default: `/run/secrets/` and the id, unless `env` is given.',
      },
      {
        name: 'env',
        aliases: [],
        bare: false,
        value: { kind: 'variable' },
        docs: 'The variable that holds the secret, with or without a file.',
        since: '1.10',
      },
      required,
      mode('0400', 'Permission bits of the file, in octal.'),
      ...ids('the file'),
    ],
  },
  ssh: {
    docs: "A socket to the client's SSH agent; keys never enter the build.",
    options: [
      id('The agent, as named by `--ssh id`. Default: `default`.'),
      { ...target, docs: 'Where the socket appears. Default: `/run/buildkit/ssh_agent.N`.' },
      required,
      mode('0600', 'Permission bits of the socket, in octal.'),
      ...ids('the socket'),
    ],
  },
} as const satisfies Readonly<Record<string, MountTypeSpec>>;

export type MountTypeName = keyof typeof mountSpecs;

/** The option that comes first in every mount. */
export const mountTypeOption: MountOptionSpec = {
  name: 'type',
  aliases: [],
  bare: false,
  value: {
    kind: 'choice',
    fallback: 'bind',
    choices: Object.entries(mountSpecs).map(([value, { docs }]) => ({ value, docs })),
  },
  docs: 'What kind of mount it is.',
};

/** The options that a mount of a type has; of an unknown type, `type` alone. */
export function mountOptions(type: string): readonly MountOptionSpec[] {
  const spec = Object.entries(mountSpecs).find(([name]) => name === type.toLowerCase())?.[1];
  return [mountTypeOption, ...(spec?.options ?? [])];
}

/** The option that a key names, by any of its spellings, in a mount of a type. */
export function mountOption(type: string, key: string): MountOptionSpec | undefined {
  const wanted = key.toLowerCase();
  return mountOptions(type).find(
    ({ name, aliases }) => name === wanted || aliases.includes(wanted),
  );
}
