/**
 * hadolint's rules that BuildKit lacks and that are worth a user's time; numbers and meaning are
 * hadolint's, the texts are our own.
 */
import type { DockerfileView } from '../../dockerfile-view';
import type { Span } from '../../dockerfile';
import { joinedText } from '../../dockerfile/occurrences/joined-text';
import type { Instruction } from '../../dockerfile/parser/syntax-tree';
import type { StageNode } from '../../dockerfile/occurrences/stages';
import type { Finding } from '../finding';
import { simpleCommands, type SimpleCommand } from './shell-words';

export type HadolintPlace = { readonly span: Span; readonly instruction: Instruction };
export type HadolintRule = {
  readonly code: string;
  readonly severity: Finding['severity'];
  readonly message: string;
  /** Only when a config file names it: matters of policy, which most people switch off. */
  readonly policy?: boolean;
  find(file: HadolintFile): HadolintPlace[];
};

/** A command of a RUN, and where its program stands. */
export type RunCommand = SimpleCommand & {
  readonly instruction: Instruction;
  readonly span: Span;
  readonly stage: StageNode;
};

export class HadolintFile {
  #commands: readonly RunCommand[] | undefined;

  constructor(readonly view: DockerfileView) {}

  get stages(): readonly StageNode[] {
    return this.view.stages.stages;
  }

  /** The commands of all RUNs in shell form, scripts in heredocs too. */
  get commands(): readonly RunCommand[] {
    this.#commands ??= this.stages.flatMap((stage) =>
      stage.instructions
        .filter(({ name, json }) => name === 'run' && !json)
        .flatMap((instruction) => this.#commandsOf(stage, instruction)),
    );
    return this.#commands;
  }

  all(name: Instruction['name']): Instruction[] {
    return this.view.tree.instructions.filter((instruction) => instruction.name === name);
  }

  #commandsOf(stage: StageNode, instruction: Instruction): RunCommand[] {
    const { text, escape } = this.view.tree;
    const spans = [
      ...instruction.words,
      ...instruction.heredocs
        .filter(() => /^\s*<</.test(instruction.args[0] ?? ''))
        .map(({ body }) => body),
    ];
    return spans.flatMap((span) => {
      const line = joinedText(text, escape, span);
      return simpleCommands(line.text).map((command) => ({
        ...command,
        instruction,
        stage,
        span: line.spanOf(command.start, command.end),
      }));
    });
  }
}

const whole = (instruction: Instruction): HadolintPlace => ({
  instruction,
  span: instruction.keywordSpan,
});
const commands =
  (test: (command: RunCommand, file: HadolintFile) => boolean) =>
  (file: HadolintFile): HadolintPlace[] =>
    file.commands
      .filter((command) => test(command, file))
      .map(({ span, instruction }) => ({ span, instruction }));
const uses = ({ program, words }: SimpleCommand, manager: RegExp, ...verbs: string[]): boolean =>
  manager.test(program) && verbs.some((verb) => words.some((word) => word === verb));
const hasFlag = ({ words }: SimpleCommand, ...names: string[]): boolean =>
  words.some(
    (word) =>
      names.includes(word.split('=')[0] ?? '') ||
      names.some(
        (name) => /^-[a-z]$/i.test(name) && /^-[a-z]+$/i.test(word) && word.includes(name.slice(1)),
      ),
  );
/** A cache mount at a path makes the clean-up needless. */
const cached = ({ instruction }: RunCommand, path: string): boolean =>
  instruction.flags.some(
    ({ name, value = '' }) =>
      name === 'mount' && /type=(cache|tmpfs)/.test(value) && value.includes(path),
  );
const cleans = (command: RunCommand, file: HadolintFile, pattern: RegExp): boolean =>
  file.commands.some(
    (other) =>
      other.instruction === command.instruction &&
      pattern.test(`${other.program} ${other.words.join(' ')}`),
  );
const packages = ({ words }: SimpleCommand, verb: string): string[] =>
  words
    .slice(words.indexOf(verb) + 1)
    .filter((word) => !word.startsWith('-') && !word.includes('$'));

export const hadolintRules: readonly HadolintRule[] = [
  {
    code: 'DL3002',
    severity: 'warning',
    message: 'The last USER should not be root',
    find: ({ stages }) => {
      const last = stages.at(-1)?.instructions.findLast(({ name }) => name === 'user');
      return last !== undefined && /^(root|0)(:|$)/.test(last.args[0] ?? '') ? [whole(last)] : [];
    },
  },
  {
    code: 'DL3004',
    severity: 'error',
    message: 'sudo behaves in unexpected ways here; use USER, or gosu where root is needed',
    find: commands(({ program }) => program === 'sudo'),
  },
  {
    code: 'DL3011',
    severity: 'error',
    message: 'A port is a number from 0 to 65535',
    find: (file) =>
      file.all('expose').flatMap((instruction) =>
        instruction.words
          .filter(({ text }) =>
            text
              .split('/')[0]
              ?.split('-')
              .some((port) => Number(port) > 65535),
          )
          .map((span) => ({ instruction, span })),
      ),
  },
  {
    code: 'DL3020',
    severity: 'error',
    message: 'Use COPY instead of ADD for plain files and folders',
    find: (file) =>
      file
        .all('add')
        .filter(
          ({ words, flags }) =>
            flags.every(({ name }) => name !== 'checksum' && name !== 'unpack') &&
            words
              .slice(0, -1)
              .every(
                ({ text }) =>
                  !/^(\w+:\/\/|git@|<<|\$)|\.git(#|$)|\.(tar|tgz|tbz2?|txz|gz|bz2|xz|zst|lzma|Z)$/i.test(
                    text,
                  ),
              ),
        )
        .map(whole),
  },
  {
    code: 'DL3043',
    severity: 'error',
    message: 'ONBUILD, FROM and MAINTAINER cannot be triggered by ONBUILD',
    find: (file) =>
      file
        .all('onbuild')
        .filter(({ trigger }) => ['onbuild', 'from', 'maintainer'].includes(trigger?.name ?? ''))
        .map(whole),
  },
  {
    code: 'DL3044',
    severity: 'error',
    message: 'A variable of the same ENV is not set yet; it has the value from before',
    find: ({ view }) =>
      view.variables.stages.flatMap(({ definitions, references }) =>
        references
          .filter(
            ({ name, instruction }) =>
              instruction.name === 'env' &&
              definitions.get(name)?.some((each) => each.instruction === instruction) === true &&
              definitions.get(name)?.every((each) => each.span.start >= instruction.span.start) ===
                true,
          )
          .map(({ span, instruction }) => ({ span, instruction })),
      ),
  },
  {
    code: 'DL3045',
    severity: 'warning',
    message: 'COPY to a relative path without a WORKDIR before it',
    find: ({ stages }) =>
      stages.flatMap((stage) => {
        if (hasWorkdir(stage.base)) return [];
        const found: HadolintPlace[] = [];
        for (const instruction of stage.instructions) {
          if (instruction.name === 'workdir') break;
          const dest = instruction.words.at(-1);
          if (instruction.name !== 'copy' || dest === undefined) continue;
          if (!/^["']?([/\\$]|[A-Za-z]:)/.test(dest.text)) found.push({ instruction, span: dest });
        }
        return found;
      }),
  },
  {
    code: 'DL4005',
    severity: 'warning',
    message: 'Use SHELL to change the shell instead of linking /bin/sh',
    find: commands(({ program, words }) => program === 'ln' && words.includes('/bin/sh')),
  },
  {
    code: 'DL4006',
    severity: 'warning',
    message: 'Set pipefail before a RUN with a pipe: SHELL ["/bin/bash", "-o", "pipefail", "-c"]',
    find: (file) => {
      const seen = new Set<Instruction>();
      return file.commands.flatMap(({ joint, instruction, stage }) => {
        if (joint !== '|' || seen.has(instruction) || hasPipefail(stage, instruction)) return [];
        seen.add(instruction);
        return [whole(instruction)];
      });
    },
  },
  {
    code: 'DL3001',
    severity: 'information',
    message: 'This command makes little sense while an image is built',
    find: commands(({ program }) =>
      /^(free|kill|mount|ps|service|shutdown|ssh|top|vim)$/.test(program),
    ),
  },
  {
    code: 'DL3003',
    severity: 'hint',
    message: 'Use WORKDIR to change the folder',
    find: commands(
      (command, file) =>
        command.program === 'cd' &&
        file.commands.filter(({ instruction }) => instruction === command.instruction).length === 1,
    ),
  },
  {
    code: 'DL3009',
    severity: 'information',
    message: 'Delete the lists of apt-get in the same RUN, or mount a cache at /var/lib/apt',
    find: commands(
      (command, file) =>
        uses(command, /^apt(-get)?$/, 'update') &&
        !cached(command, '/var/lib/apt') &&
        !cleans(command, file, /^rm\b.*\/var\/lib\/apt\/lists/),
    ),
  },
  {
    code: 'DL3014',
    severity: 'warning',
    message: 'apt-get asks before it installs; use -y',
    find: commands(
      (command) =>
        uses(command, /^apt-get$/, 'install') &&
        !hasFlag(command, '-y', '--yes', '--assume-yes', '-qq'),
    ),
  },
  {
    code: 'DL3015',
    severity: 'information',
    message: 'Use --no-install-recommends to leave out what is not needed',
    find: commands(
      (command) =>
        uses(command, /^apt-get$/, 'install') && !hasFlag(command, '--no-install-recommends'),
    ),
  },
  {
    code: 'DL3019',
    severity: 'information',
    message: 'Use apk add --no-cache, or mount a cache at /var/cache/apk',
    find: commands(
      (command) =>
        uses(command, /^apk$/, 'add') &&
        !hasFlag(command, '--no-cache') &&
        !cached(command, '/var/cache/apk'),
    ),
  },
  {
    code: 'DL3027',
    severity: 'warning',
    message: 'apt is made for people; use apt-get',
    find: commands(({ program }) => program === 'apt'),
  },
  {
    code: 'DL3030',
    severity: 'warning',
    message: 'yum asks before it installs; use -y',
    find: commands(
      (command) =>
        uses(command, /^yum$/, 'install', 'groupinstall') && !hasFlag(command, '-y', '--assumeyes'),
    ),
  },
  {
    code: 'DL3032',
    severity: 'warning',
    message: 'Run yum clean all in the same RUN, or mount a cache at /var/cache/yum',
    find: commands(
      (command, file) =>
        uses(command, /^yum$/, 'install') &&
        !cached(command, '/var/cache/yum') &&
        !cleans(command, file, /^yum clean all/),
    ),
  },
  {
    code: 'DL3038',
    severity: 'warning',
    message: 'dnf asks before it installs; use -y',
    find: commands(
      (command) =>
        uses(command, /^(micro)?dnf$/, 'install') && !hasFlag(command, '-y', '--assumeyes'),
    ),
  },
  {
    code: 'DL3040',
    severity: 'warning',
    message: 'Run dnf clean all in the same RUN, or mount a cache at /var/cache/dnf',
    find: commands(
      (command, file) =>
        uses(command, /^(micro)?dnf$/, 'install') &&
        !cached(command, '/var/cache/dnf') &&
        !cleans(command, file, /^(micro)?dnf clean all/),
    ),
  },
  {
    code: 'DL3042',
    severity: 'warning',
    message: 'Use pip install --no-cache-dir, or mount a cache at the cache folder of pip',
    find: commands(
      (command) =>
        uses(command, /^pip\d?(\.\d+)?$/, 'install') &&
        !hasFlag(command, '--no-cache-dir') &&
        !cached(command, '.cache/pip'),
    ),
  },
  {
    code: 'DL3046',
    severity: 'warning',
    message: 'useradd with a high number and without -l makes a huge image',
    find: commands(
      (command) =>
        command.program === 'useradd' &&
        !hasFlag(command, '-l', '--no-log-init') &&
        command.words.some((word) => /^\d{6,}$/.test(word)),
    ),
  },
  {
    code: 'DL3047',
    severity: 'information',
    message: 'wget fills the log; use --progress=dot:giga or -nv',
    find: commands(
      (command) =>
        command.program === 'wget' &&
        !hasFlag(
          command,
          '--progress',
          '-q',
          '--quiet',
          '-nv',
          '--no-verbose',
          '-o',
          '--output-file',
        ),
    ),
  },
  {
    code: 'DL4001',
    severity: 'warning',
    message: 'Use either wget or curl, not both',
    find: (file) => {
      const programs = new Set(file.commands.map(({ program }) => program));
      return programs.has('wget') && programs.has('curl')
        ? commands(({ program }) => program === 'wget')(file)
        : [];
    },
  },
  {
    code: 'DL3059',
    severity: 'hint',
    message: 'Several RUNs in a row could be one',
    find: ({ stages }) =>
      stages.flatMap(({ instructions }) =>
        instructions
          .filter(
            (instruction, index) =>
              instruction.name === 'run' &&
              isPlainRun(instruction) &&
              isPlainRun(instructions[index - 1]),
          )
          .map(whole),
      ),
  },
  {
    code: 'DL3006',
    severity: 'warning',
    message: 'Give the image a tag',
    policy: true,
    find: (file) => images(file, (image) => !/[:@$]/.test(image.slice(image.lastIndexOf('/') + 1))),
  },
  {
    code: 'DL3007',
    severity: 'warning',
    message: 'The tag latest changes without notice',
    policy: true,
    find: (file) => images(file, (image) => image.endsWith(':latest')),
  },
  {
    code: 'DL3008',
    severity: 'warning',
    message: 'Give the packages of apt-get a version',
    policy: true,
    find: commands(
      (command) =>
        uses(command, /^apt-get$/, 'install') &&
        packages(command, 'install').some((name) => !name.includes('=') && !name.endsWith('.deb')),
    ),
  },
  {
    code: 'DL3013',
    severity: 'warning',
    message: 'Give the packages of pip a version',
    policy: true,
    find: commands(
      (command) =>
        uses(command, /^pip\d?$/, 'install') &&
        !hasFlag(command, '-r', '--requirement') &&
        packages(command, 'install').some((name) => !/[=<>~@/]|^\.$/.test(name)),
    ),
  },
  {
    code: 'DL3018',
    severity: 'warning',
    message: 'Give the packages of apk a version',
    policy: true,
    find: commands(
      (command) =>
        uses(command, /^apk$/, 'add') &&
        packages(command, 'add').some((name) => !/[=~<>]/.test(name)),
    ),
  },
  {
    code: 'DL3057',
    severity: 'hint',
    message: 'The image has no HEALTHCHECK',
    policy: true,
    find: ({ stages }) => {
      const last = stages.at(-1);
      return last === undefined || last.instructions.some(({ name }) => name === 'healthcheck')
        ? []
        : [whole(last.from)];
    },
  },
];

function hasWorkdir(stage: StageNode | undefined): boolean {
  if (stage === undefined) return false;
  return stage.instructions.some(({ name }) => name === 'workdir') || hasWorkdir(stage.base);
}

/** A shell that knows no pipefail is not blamed for it. */
function hasPipefail(stage: StageNode, instruction: Instruction): boolean {
  if (instruction.args[0]?.includes('pipefail') === true) return true;
  const before = stage.instructions.slice(0, stage.instructions.indexOf(instruction));
  const shell = before.findLast(({ name }) => name === 'shell');
  if (shell !== undefined) return /pipefail|pwsh|powershell|cmd/.test(shell.args.join(' '));
  return (
    stage.base?.instructions.some(
      ({ name, args }) => name === 'shell' && args.join(' ').includes('pipefail'),
    ) ?? false
  );
}

function isPlainRun(instruction: Instruction | undefined): boolean {
  return (
    instruction?.name === 'run' &&
    instruction.flags.length === 0 &&
    instruction.heredocs.length === 0
  );
}

function images({ stages }: HadolintFile, test: (image: string) => boolean): HadolintPlace[] {
  return stages.flatMap(({ image, base, from }) =>
    image === undefined || base !== undefined || image.text === 'scratch' || !test(image.text)
      ? []
      : [{ span: image, instruction: from }],
  );
}
