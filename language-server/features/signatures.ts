/**
 * The ways to write each instruction, for signature help: one line for each, with its parameters.
 *
 * Labels read like Docker's reference. The texts of parameters say what goes there.
 */
import type { InstructionName } from '../dockerfile/parser/syntax-tree';

export type SignatureParameter = { readonly label: string; readonly docs?: string };
export type Signature = {
  readonly label: string;
  readonly docs: string;
  readonly parameters: readonly SignatureParameter[];
};

const flags: SignatureParameter = {
  label: '[flags]',
  docs: 'Options of this instruction, e.g. `--link`.',
};
const more = (docs: string): SignatureParameter => ({ label: '...', docs });
const open: SignatureParameter = { label: '[' };
const close: SignatureParameter = { label: ']' };
const parameter = (label: string, docs: string): SignatureParameter => ({ label, docs });

function files(keyword: 'ADD' | 'COPY', sources: string): { shell: Signature; json: Signature[] } {
  const destination = 'Where the files go: a path in the image, relative to WORKDIR.';
  return {
    shell: {
      label: `${keyword} [flags] source ... dest`,
      docs: `${keyword} files into the image.`,
      parameters: [
        flags,
        parameter('source', sources),
        more('More sources; the destination then ends with `/`.'),
        parameter('dest', destination),
      ],
    },
    json: [
      {
        label: `${keyword} [flags] [ "source", ..., "dest" ]`,
        docs: `${keyword} files whose paths hold blanks.`,
        parameters: [
          flags,
          open,
          parameter('"source"', sources),
          more('More sources; the destination then ends with `/`.'),
          parameter('"dest"', destination),
          close,
        ],
      },
    ],
  };
}

function execForm(keyword: string, first: string, docs: string, second = 'parameter'): Signature {
  return {
    label: `${keyword} [ "${first}", "${second}", ... ]`,
    docs,
    parameters: [
      open,
      parameter(`"${first}"`, `The ${first === 'parameter' ? 'first argument' : 'program'}.`),
      parameter(`"${second}"`, 'An argument of the program.'),
      more('More arguments.'),
      close,
    ],
  };
}

function shellForm(keyword: string, first: string, docs: string): Signature {
  return {
    label: `${keyword} ${first} parameter ...`,
    docs,
    parameters: [
      parameter(first, "The program, started by the image's shell."),
      parameter('parameter', 'An argument of the program.'),
      more('More arguments; the shell expands variables.'),
    ],
  };
}

/** Instructions that take a JSON array or words. */
export const listSignatures: Readonly<
  Partial<
    Record<
      InstructionName,
      {
        readonly shell?: Signature;
        readonly json: readonly Signature[];
        /** The first parameter is for flags. */
        readonly hasFlags?: boolean;
        /** The JSON forms are shown first. */
        readonly jsonFirst?: boolean;
        /** Every argument is of the same kind, as in VOLUME. */
        readonly oneKind?: boolean;
        /** The last parameter stays active however many arguments follow. */
        readonly repeats?: boolean;
      }
    >
  >
> = {
  add: { ...files('ADD', 'A file of the context, a URL, a git repository.'), hasFlags: true },
  copy: { ...files('COPY', 'A file of the context, or of what `--from` names.'), hasFlags: true },
  cmd: {
    json: [
      execForm('CMD', 'executable', 'What a container runs by default.'),
      execForm('CMD', 'parameter', 'Default arguments for ENTRYPOINT.', 'parameter2'),
    ],
    shell: shellForm('CMD', 'executable', 'What a container runs by default, in a shell.'),
    jsonFirst: true,
    repeats: true,
  },
  entrypoint: {
    json: [execForm('ENTRYPOINT', 'executable', 'The program of the container.')],
    shell: shellForm('ENTRYPOINT', 'executable', 'The program of the container, in a shell.'),
    jsonFirst: true,
    repeats: true,
  },
  run: {
    json: [execForm('RUN', 'command', 'Run a program without a shell.')],
    shell: shellForm('RUN', 'command', 'Run a command in the shell.'),
    repeats: true,
  },
  shell: {
    json: [execForm('SHELL', 'executable', 'The shell of the shell forms.')],
    repeats: true,
  },
  volume: {
    json: [
      {
        label: 'VOLUME [ "/vol", ... ]',
        docs: 'Keep folders outside the container.',
        parameters: [open, parameter('"/vol"', 'A folder.'), more('More folders.'), close],
      },
    ],
    shell: {
      label: 'VOLUME /vol ...',
      docs: 'Keep folders outside the container.',
      parameters: [parameter('/vol', 'A folder.'), more('More folders.')],
    },
    jsonFirst: true,
    oneKind: true,
    repeats: true,
  },
};

/** ENV and LABEL: the old form, one pair, many pairs. */
export function pairSignatures(keyword: 'ENV' | 'LABEL'): [Signature, Signature, Signature] {
  const what = keyword === 'ENV' ? 'variable' : 'label';
  const key = parameter('key', `The name of the ${what}.`);
  const value = parameter('value', `The value of the ${what}.`);
  return [
    {
      label: `${keyword} key value`,
      docs: `One ${what}, in the old form: everything behind the name is the value.`,
      parameters: [key, value],
    },
    { label: `${keyword} key=value`, docs: `Set a ${what}.`, parameters: [key, value] },
    {
      label: `${keyword} key=value key2=value2`,
      docs: `Set several ${what}s at once.`,
      parameters: [
        key,
        value,
        parameter('key2', `The name of another ${what}.`),
        parameter('value2', 'Its value.'),
      ],
    },
  ];
}

const image = parameter('baseImage', 'An image, an earlier stage, or `scratch`.');
const tag = parameter('tag', 'The tag of the image, `latest` by default.');
const digest = parameter('digest', 'The digest that names one image for good.');
const as = parameter('AS', 'Gives the stage a name.');
const stage = parameter('stage', 'The name of the stage, in lower case.');
/** Keeps the positions of AS and the name equal in all forms. */
const gap = { label: '' };

/** Without a stage name, then with one; each bare, with a tag, with a digest. */
export const fromSignatures: readonly Signature[] = [
  { label: 'FROM baseImage', docs: 'Start a stage.', parameters: [image] },
  { label: 'FROM baseImage:tag', docs: 'Start from a tag.', parameters: [image, tag] },
  { label: 'FROM baseImage@digest', docs: 'Start from a digest.', parameters: [image, digest] },
  {
    label: 'FROM baseImage AS stage',
    docs: 'Start a stage with a name.',
    parameters: [image, gap, as, stage],
  },
  {
    label: 'FROM baseImage:tag AS stage',
    docs: 'Start a stage with a name from a tag.',
    parameters: [image, tag, as, stage],
  },
  {
    label: 'FROM baseImage@digest AS stage',
    docs: 'Start a stage with a name from a digest.',
    parameters: [image, digest, as, stage],
  },
];

export const argSignatures: readonly [Signature, Signature] = [
  {
    label: 'ARG name',
    docs: 'A variable without a default.',
    parameters: [parameter('name', 'The variable that `--build-arg` sets.')],
  },
  {
    label: 'ARG name=defaultValue',
    docs: 'A variable with a default.',
    parameters: [
      parameter('name', 'The variable that `--build-arg` sets.'),
      parameter('defaultValue', 'What it is when `--build-arg` does not set it.'),
    ],
  },
];

export const exposeSignature: Signature = {
  label: 'EXPOSE port ...',
  docs: 'Say which ports the image listens on.',
  parameters: [
    parameter('port', 'A port or a range, with `/udp` where it is not TCP.'),
    more('More ports.'),
  ],
};

const user = parameter('user', 'The name of a user of the image.');
const uid = parameter('uid', 'The number of a user.');
export const userSignatures: readonly Signature[] = [
  { label: 'USER user', docs: 'The user of what follows.', parameters: [user] },
  {
    label: 'USER user:group',
    docs: 'The user and group of what follows.',
    parameters: [user, parameter('group', 'The name of a group of the image.')],
  },
  { label: 'USER uid', docs: 'The user of what follows, by number.', parameters: [uid] },
  {
    label: 'USER uid:gid',
    docs: 'The user and group of what follows, by number.',
    parameters: [uid, parameter('gid', 'The number of a group.')],
  },
];

const check = parameter('CMD', 'Check by a command.');
export const healthcheckSignatures = {
  empty: {
    label: 'HEALTHCHECK [flags] CMD ...',
    docs: 'How to see that a container is healthy.',
    parameters: [check],
  },
  command: {
    label: 'HEALTHCHECK [flags] CMD ...',
    docs: 'How to see that a container is healthy.',
    parameters: [flags, check, more('A JSON array or a line for the shell.')],
  },
  none: {
    label: 'HEALTHCHECK NONE',
    docs: 'No check, not even the one of the base image.',
    parameters: [parameter('NONE', 'Take away the check of the base image.')],
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** Instructions with one parameter. */
export const plainSignatures: Readonly<Partial<Record<InstructionName, Signature>>> = {
  maintainer: {
    label: 'MAINTAINER name',
    docs: 'Name the author; a label has taken its place.',
    parameters: [parameter('name', 'The author.')],
  },
  stopsignal: {
    label: 'STOPSIGNAL signal',
    docs: 'The signal that stops a container.',
    parameters: [parameter('signal', 'A name such as `SIGQUIT`, or a number.')],
  },
  workdir: {
    label: 'WORKDIR /the/workdir/path',
    docs: 'The folder that commands run in.',
    parameters: [
      parameter('/the/workdir/path', 'The folder; a relative one counts from the last.'),
    ],
  },
};

export const onbuildSignature: Signature = {
  label: 'ONBUILD INSTRUCTION',
  docs: 'An instruction for images built on this one.',
  parameters: [parameter('INSTRUCTION', 'Any instruction but FROM, MAINTAINER and ONBUILD.')],
};

export const escapeSignature: Signature = {
  label: 'escape=\\',
  docs: 'The character that escapes others and continues lines.',
  parameters: [parameter('\\', 'A backslash or a backtick.')],
};

/** What a flag with a value looks like: `HEALTHCHECK --retries=3 ...`. */
export function flagSignature(label: string, value: string, docs: string): Signature {
  return { label, docs, parameters: [parameter(value, docs)] };
}
