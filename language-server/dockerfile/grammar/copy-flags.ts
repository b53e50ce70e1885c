/** The flags of ADD and COPY, most of which both have. */
import type { FlagSpec } from './specification';

export const chown: FlagSpec = {
  name: 'chown',
  form: 'text',
  value: { kind: 'owner', fallback: '0:0' },
  docs: 'The owner of what is copied: `user`, `user:group` or numbers. Names are looked up in the image that is being built.',
};

export const chmod: FlagSpec = {
  name: 'chmod',
  form: 'text',
  value: { kind: 'mode-or-symbols' },
  docs: 'The permission bits of what is copied: octal such as `0755`, or symbolic such as `u=rwX,go=rX` (since 1.14).',
  since: '1.2',
};

export const link: FlagSpec = {
  name: 'link',
  form: 'bool',
  value: { kind: 'bool', fallback: 'false' },
  docs: 'Copy into a layer of its own that does not depend on the layers below, so that it stays cached when they change. With `--chmod` it is a plain copy.',
  since: '1.4',
};

export const exclude: FlagSpec = {
  name: 'exclude',
  form: 'list',
  value: { kind: 'pattern' },
  docs: 'Leave out the files below the sources that match this pattern. May be given many times.',
  since: '1.19',
};

export const copyFlags: readonly FlagSpec[] = [
  chown,
  {
    name: 'from',
    form: 'text',
    value: { kind: 'stage' },
    docs: 'Take the files from a stage (by name or number), an image or a named context instead of the build context. Variables are not expanded here.',
  },
  chmod,
  link,
  exclude,
  {
    name: 'parents',
    form: 'bool',
    value: { kind: 'bool', fallback: 'false' },
    docs: 'Keep the folders of each source path below the destination; with `/./` in a path, those after it.',
    since: '1.20',
  },
];

export const addFlags: readonly FlagSpec[] = [
  chown,
  chmod,
  link,
  {
    name: 'keep-git-dir',
    form: 'bool',
    value: { kind: 'bool', fallback: 'false' },
    docs: 'Keep the `.git` folder of a git source.',
    since: '1.1',
  },
  {
    name: 'checksum',
    form: 'text',
    value: { kind: 'checksum' },
    docs: 'What the source must be: `sha256:…` for a URL, a commit (or its beginning) for a git repository.',
    since: '1.6',
  },
  {
    name: 'unpack',
    form: 'bool',
    value: { kind: 'bool' },
    docs: 'Whether archives are unpacked. Default: those of the build context are, those behind a URL are not.',
    since: '1.17',
  },
  exclude,
];
