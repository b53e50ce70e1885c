/**
 * The instructions of a Dockerfile: the one table behind parser, compiler, lint and editor.
 *
 * Versions are those of Docker's Dockerfile reference; texts are our own.
 */
import { addFlags, copyFlags } from './copy-flags';
import { mountTypeOption } from './mounts';
import type {
  Choice,
  FlagSpec,
  FormSpec,
  InstructionSpec,
  ParameterSpec,
  ValueSpec,
} from './specification';

const text: ValueSpec = { kind: 'text' };

const shellForm = (docs: string): FormSpec => ({
  parameters: [{ label: 'COMMAND', value: { kind: 'command' }, docs }],
});
const execForm = (docs: string): FormSpec => ({
  parameters: [{ label: '["PROGRAM", "ARGUMENT"…]', value: { kind: 'command' }, docs }],
});
const commandForms: readonly FormSpec[] = [
  execForm('A JSON array: the program and its arguments, run without a shell.'),
  shellForm("A line for the image's shell (`/bin/sh -c` unless SHELL says otherwise)."),
];
const keyword = (label: string, docs: string, optional = false): ParameterSpec => ({
  label,
  value: { kind: 'choice', choices: [{ value: label, docs }] },
  docs,
  literal: true,
  ...(optional && { optional }),
});
const pairsForm = (what: string): FormSpec => ({
  parameters: [
    {
      label: 'KEY=VALUE',
      value: { kind: 'key-value' },
      docs: `${what} Quotes and escapes are taken off.`,
      repeats: true,
    },
  ],
});
const filesForm = (sources: string): FormSpec => ({
  parameters: [
    { label: 'SOURCE', value: { kind: 'source' }, docs: sources, repeats: true },
    {
      label: 'DESTINATION',
      value: { kind: 'path' },
      docs: 'A path in the image, relative to WORKDIR. With several sources it must end with `/`.',
    },
  ],
});

export const networkChoices = [
  { value: 'default', docs: "The build's own network." },
  { value: 'none', docs: 'No network but the loopback.' },
  { value: 'host', docs: "The builder host's network; needs the `network.host` entitlement." },
] as const satisfies readonly Choice[];

export const securityChoices = [
  { value: 'sandbox', docs: 'The usual sandbox.' },
  { value: 'insecure', docs: 'Full privileges; needs the `security.insecure` entitlement.' },
] as const satisfies readonly Choice[];

const runFlags: readonly FlagSpec[] = [
  {
    name: 'mount',
    form: 'list',
    value: { kind: 'mount', choices: mountTypeOption.value.choices ?? [] },
    docs: 'Files, a cache, a secret or an SSH agent that the command sees and the image does not keep.',
    since: '1.2',
  },
  {
    name: 'network',
    form: 'text',
    value: { kind: 'choice', fallback: 'default', choices: networkChoices },
    docs: 'The network that the command runs in.',
    since: '1.3',
  },
  {
    name: 'security',
    form: 'text',
    value: { kind: 'choice', fallback: 'sandbox', choices: securityChoices },
    docs: 'The privileges that the command runs with.',
    since: '1.20',
  },
  {
    name: 'device',
    form: 'list',
    value: { kind: 'device' },
    docs: 'A CDI device of the builder: `name[,required]`. Needs the `device` entitlement.',
    since: '1.14',
    channel: 'labs',
  },
];

const duration = (name: string, fallback: string, docs: string): FlagSpec => ({
  name,
  form: 'text',
  value: { kind: 'duration', fallback },
  docs,
});

export const instructionSpecs = {
  add: {
    summary: 'Copy files, URLs or git repositories into the image',
    docs: 'Adds files from the build context, from a URL, from a git repository or from a heredoc. Archives of the build context are unpacked. For plain files COPY says more clearly what happens.',
    anchor: 'add',
    split: 'json-or-words',
    forms: [
      filesForm(
        'A path or pattern in the build context, an `http(s)://` URL, a git repository or `<<NAME`.',
      ),
    ],
    flags: addFlags,
    heredocs: true,
    expands: true,
    step: true,
  },
  arg: {
    summary: 'Declare a variable of the build',
    docs: 'Declares a variable that `--build-arg` can set, from here to the end of the stage. Before the first FROM it is global: FROM sees it, and a stage sees it after an ARG of the same name. Values end up in the history of the image, so this is no place for secrets.',
    anchor: 'arg',
    split: 'quoted-words',
    forms: [
      {
        parameters: [
          {
            label: 'NAME[=DEFAULT]',
            value: { kind: 'variable' },
            docs: 'The variable, and what it is when `--build-arg` does not set it.',
            repeats: true,
          },
        ],
      },
    ],
    flags: [],
    ignoresFlags: true,
    expands: true,
  },
  cmd: {
    summary: 'What a container runs by default',
    docs: 'The command of a container that is started without one; with an ENTRYPOINT, its default arguments. Only the last one of a stage counts.',
    anchor: 'cmd',
    split: 'json-or-text',
    forms: commandForms,
    flags: [],
    expands: false,
    lastCounts: true,
  },
  copy: {
    summary: 'Copy files into the image',
    docs: 'Copies files from the build context, from a heredoc or, with `--from`, from a stage, an image or a named context.',
    anchor: 'copy',
    split: 'json-or-words',
    forms: [filesForm('A path or pattern in the build context (or in `--from`), or `<<NAME`.')],
    flags: copyFlags,
    heredocs: true,
    expands: true,
    step: true,
  },
  entrypoint: {
    summary: 'The program that a container is',
    docs: 'The program that a container runs; CMD and the words after `docker run IMAGE` are its arguments. In shell form it gets neither arguments nor signals. Only the last one of a stage counts, and it forgets the CMD of the base image.',
    anchor: 'entrypoint',
    split: 'json-or-text',
    forms: commandForms,
    flags: [],
    expands: false,
    lastCounts: true,
  },
  env: {
    summary: 'Set environment variables',
    docs: 'Sets variables for the instructions that follow and for containers of the image. All values of one ENV see the variables as they were before it.',
    anchor: 'env',
    split: 'pairs',
    forms: [pairsForm('A variable and its value.')],
    flags: [],
    expands: true,
  },
  expose: {
    summary: 'Say which ports the image listens on',
    docs: 'Notes ports in the image. It publishes nothing: `docker run -p` does.',
    anchor: 'expose',
    split: 'words',
    forms: [
      {
        parameters: [
          {
            label: 'PORT[/PROTOCOL]',
            value: {
              kind: 'port',
              fallback: 'tcp',
              choices: [
                { value: 'tcp', docs: 'TCP, the default.' },
                { value: 'udp', docs: 'UDP.' },
                { value: 'sctp', docs: 'SCTP.' },
              ],
            },
            docs: 'A port or a range such as `8000-8010`.',
            repeats: true,
          },
        ],
      },
    ],
    flags: [],
    expands: true,
  },
  from: {
    summary: 'Start a stage from an image',
    docs: 'Starts a stage. The last one is what is built unless a target is given; stages that nothing needs are not built. Only global ARGs may be used here.',
    anchor: 'from',
    split: 'words',
    forms: [
      {
        parameters: [
          {
            label: 'IMAGE',
            value: { kind: 'image' },
            docs: 'An image, an earlier stage, a named context, or `scratch` for nothing.',
          },
          keyword('AS', 'Gives the stage a name.', true),
          {
            label: 'NAME',
            value: { kind: 'stage-name' },
            docs: 'The name of the stage: lower-case letters, digits and `-_.`, a letter first.',
            optional: true,
          },
        ],
      },
    ],
    flags: [
      {
        name: 'platform',
        form: 'text',
        value: { kind: 'platform', fallback: '$TARGETPLATFORM' },
        docs: 'The platform of the image. `$BUILDPLATFORM` runs a stage on the builder itself, e.g. for cross-compilation.',
      },
    ],
    expands: true,
    noTrigger: true,
  },
  healthcheck: {
    summary: 'How to see that a container is healthy',
    docs: "A command that runs in the container now and then: it is healthy while the command exits with 0. `NONE` takes away the base image's. Only the last one of a stage counts.",
    anchor: 'healthcheck',
    split: 'word-and-command',
    forms: [
      {
        parameters: [
          keyword('CMD', 'Check by a command.'),
          {
            label: 'COMMAND',
            value: { kind: 'command' },
            docs: 'A JSON array or a line for the shell.',
          },
        ],
      },
      { parameters: [keyword('NONE', 'No check, not even the one of the base image.')] },
    ],
    flags: [
      duration('interval', '30s', 'The time between checks.'),
      duration('timeout', '30s', 'How long a check may take before it counts as failed.'),
      duration('start-period', '0s', 'The time to start in, during which failures do not count.'),
      duration(
        'start-interval',
        '5s',
        'The time between checks while starting (Engine 25 or later).',
      ),
      {
        name: 'retries',
        form: 'text',
        value: { kind: 'integer', fallback: '3' },
        docs: 'How many checks in a row must fail before the container counts as unhealthy.',
      },
    ],
    expands: false,
    lastCounts: true,
  },
  label: {
    summary: 'Add metadata to the image',
    docs: 'Adds labels to the image; one that the base image has is replaced.',
    anchor: 'label',
    split: 'pairs',
    forms: [pairsForm('A label and its value.')],
    flags: [],
    expands: true,
  },
  maintainer: {
    summary: 'Name the author of the image',
    docs: 'Sets the author of the image. A label such as `org.opencontainers.image.authors` has taken its place.',
    anchor: 'maintainer-deprecated',
    split: 'text',
    forms: [{ parameters: [{ label: 'NAME', value: text, docs: 'The author.' }] }],
    flags: [],
    expands: false,
    noTrigger: true,
    deprecated: 'LABEL org.opencontainers.image.authors=',
  },
  onbuild: {
    summary: 'An instruction for images built on this one',
    docs: 'Keeps an instruction in the image. It runs right after the FROM of a build that uses the image, and not again in images built on that.',
    anchor: 'onbuild',
    split: 'instruction',
    forms: [
      {
        parameters: [
          {
            label: 'INSTRUCTION',
            value: { kind: 'instruction' },
            docs: 'Any instruction but FROM, MAINTAINER and ONBUILD.',
          },
        ],
      },
    ],
    flags: [],
    expands: false,
    noTrigger: true,
  },
  run: {
    summary: 'Run a command and keep what it changes',
    docs: 'Runs a command on top of the image so far; what it changes becomes a layer. Variables are the shell’s business, so the exec form expands none. A heredoc is a script.',
    anchor: 'run',
    split: 'json-or-text',
    forms: [
      shellForm("A line for the image's shell, or `<<NAME` with a script below."),
      execForm('A JSON array: the program and its arguments, run without a shell.'),
    ],
    flags: runFlags,
    heredocs: true,
    expands: false,
    step: true,
  },
  shell: {
    summary: 'The shell of the shell forms',
    docs: 'Sets the shell that shell forms of RUN, CMD and ENTRYPOINT use from here on.',
    anchor: 'shell',
    split: 'json-or-text',
    forms: [execForm('The shell and its arguments, as a JSON array.')],
    flags: [],
    expands: false,
  },
  stopsignal: {
    summary: 'The signal that stops a container',
    docs: 'Sets the signal that asks a container to end. Default: SIGTERM.',
    anchor: 'stopsignal',
    split: 'text',
    forms: [
      {
        parameters: [
          {
            label: 'SIGNAL',
            value: { kind: 'signal', fallback: 'SIGTERM' },
            docs: 'A name such as `SIGQUIT`, or a number.',
          },
        ],
      },
    ],
    flags: [],
    ignoresFlags: true,
    expands: true,
  },
  user: {
    summary: 'The user that commands run as',
    docs: 'Sets the user for the RUNs that follow and for containers of the image. Files copied by COPY and ADD still belong to root unless `--chown` is given.',
    anchor: 'user',
    split: 'text',
    forms: [
      {
        parameters: [
          {
            label: 'USER[:GROUP]',
            value: { kind: 'owner', fallback: 'root' },
            docs: 'Names or numbers.',
          },
        ],
      },
    ],
    flags: [],
    expands: true,
  },
  volume: {
    summary: 'Folders that are kept outside the container',
    docs: 'Marks folders that a container keeps in volumes of its own.',
    anchor: 'volume',
    split: 'json-or-words',
    forms: [
      {
        parameters: [
          {
            label: 'PATH',
            value: { kind: 'path' },
            docs: 'A folder; several as words or as a JSON array.',
            repeats: true,
          },
        ],
      },
    ],
    flags: [],
    expands: true,
  },
  workdir: {
    summary: 'The folder that commands run in',
    docs: 'Sets the folder for the instructions that follow, and makes it where it is missing. A relative path counts from the folder before.',
    anchor: 'workdir',
    split: 'text',
    forms: [
      {
        parameters: [
          { label: 'PATH', value: { kind: 'path', fallback: '/' }, docs: 'The folder.' },
        ],
      },
    ],
    flags: [],
    expands: true,
    step: true,
  },
} as const satisfies Readonly<Record<string, InstructionSpec>>;

export type InstructionName = keyof typeof instructionSpecs;

function isInstructionName(name: string): name is InstructionName {
  return Object.hasOwn(instructionSpecs, name);
}

/** In alphabetical order. */
export const instructionNames: readonly InstructionName[] =
  Object.keys(instructionSpecs).filter(isInstructionName);

/** What the table says of an instruction. */
export function instructionSpec(name: InstructionName): InstructionSpec {
  return instructionSpecs[name];
}

/** The flag of an instruction, by its name without dashes. */
export function flagSpec(name: InstructionName, flag: string): FlagSpec | undefined {
  return instructionSpec(name).flags.find((candidate) => candidate.name === flag);
}

const reference = 'https://docs.docker.com/reference/dockerfile/';

/** Where Docker's reference describes an instruction, or one of its flags. */
export function referenceUrl(name: InstructionName, flag?: string): string {
  const { anchor } = instructionSpec(name);
  // The reference has no section for FROM's and HEALTHCHECK's flags.
  const own = flag !== undefined && name !== 'from' && name !== 'healthcheck';
  return `${reference}#${anchor}${own ? `---${flag}` : ''}`;
}

/** `COPY [--from=…] SOURCE… DESTINATION`, with the places of the parameters in it. */
export function signatureOf(
  name: InstructionName,
  form: FormSpec,
): { readonly label: string; readonly parameters: readonly (readonly [number, number])[] } {
  let label = name.toUpperCase();
  if (instructionSpec(name).flags.length > 0) label += ' [FLAGS]';
  const parameters: [number, number][] = [];
  for (const { label: shown, optional, repeats } of form.parameters) {
    label += ' ';
    const start = label.length;
    label += repeats === true ? `${shown}…` : shown;
    if (optional === true) label = `${label.slice(0, start)}[${label.slice(start)}]`;
    parameters.push([start, label.length]);
  }
  return { label, parameters };
}
