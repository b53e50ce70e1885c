/**
 * hadolint's rules that BuildKit lacks and that are worth a user's time; numbers and meaning are
 * hadolint's, the texts are our own.
 */
import type { Instruction } from '../../dockerfile/parser/syntax-tree';
import type { StageNode } from '../../dockerfile/occurrences/stages';
import {
  cached,
  cleans,
  commands,
  hasFlag,
  uses,
  whole,
  type HadolintFile,
  type HadolintPlace,
  type HadolintRule,
} from './hadolint-file';
import type { SimpleCommand } from './shell-words';
import { labelRules } from './label-rules';
import { packageRules } from './package-rules';

const fileRules: readonly HadolintRule[] = [
  {
    code: 'DL1001',
    severity: 'information',
    message: 'Rules should not be ignored at single instructions',
    policy: true,
    find: ({ pragmas }) =>
      pragmas.inline.map(({ instruction, start, end }) => ({ instruction, span: { start, end } })),
  },
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
    code: 'DL3010',
    severity: 'information',
    message: 'ADD unpacks an archive while it copies it; a tar in a later RUN keeps both',
    find: ({ stages, ownCommands: all }) =>
      stages.flatMap((stage) => {
        const unpacked = all
          .filter((command) => command.stage === stage && unpacks(command))
          .flatMap(({ words }) => words.map(fileName));
        return stage.instructions
          .filter(
            ({ name, flags }) => name === 'copy' && flags.every((flag) => flag.name !== 'from'),
          )
          .filter(({ words }) => {
            const sources = words.slice(0, -1).map(({ text }) => fileName(text));
            const archives = sources.filter((source) => archive.test(source));
            const target = fileName(words.at(-1)?.text ?? '');
            return archives.some((source) =>
              unpacked.includes(archive.test(target) ? target : source),
            );
          })
          .map(whole);
      }),
  },
  {
    code: 'DL3022',
    severity: 'warning',
    message: 'COPY --from names no stage of this file: an image of that name is used',
    policy: true,
    find: ({ view }) =>
      view.stages.references
        .filter(
          ({ kind, target, text }) => kind === 'copy' && target === undefined && !/[:/]/.test(text),
        )
        .map(({ span, instruction }) => ({ span, instruction })),
  },
  {
    code: 'DL3023',
    severity: 'error',
    message: 'A stage cannot copy from itself',
    find: ({ view }) =>
      view.stages.references
        .filter(({ kind, target, inStage }) => kind === 'copy' && target === inStage)
        .map(({ span, instruction }) => ({ span, instruction })),
  },
  {
    code: 'DL3035',
    severity: 'warning',
    message: 'zypper dist-upgrade replaces the distribution under the base image',
    find: commands((command) => uses(command, /^zypper$/, 'dist-upgrade', 'dup')),
  },
  {
    code: 'DL3061',
    severity: 'error',
    message: 'A file begins with FROM; only ARG and comments may stand before it',
    find: ({ view }) => view.stages.globals.filter(({ name }) => name !== 'arg').map(whole),
  },
  {
    code: 'DL3066',
    severity: 'information',
    message: 'A host may not know this user: give the number of the user',
    policy: true,
    find: (file) =>
      file
        .all('user')
        .filter(({ args: [user = ''] }) => !/^\d+$/.test(user.split(':')[0] ?? ''))
        .map(whole),
  },
  {
    code: 'DL3067',
    severity: 'warning',
    message: 'This copies the whole file system of another stage; build on that stage instead',
    find: (file) =>
      file
        .all('copy')
        .filter(
          ({ words, flags }) =>
            flags.some(({ name }) => name === 'from') &&
            isRoot(words.at(-1)?.text) &&
            words.slice(0, -1).some(({ text }) => isRoot(text)),
        )
        .map(whole),
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
      return file.ownCommands.flatMap(({ joint, instruction, stage }) => {
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
        command.run === command.instruction &&
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

export const hadolintRules: readonly HadolintRule[] = [
  ...fileRules,
  ...packageRules,
  ...labelRules,
];

const archive = /\.(tar|tgz|tbz2?|txz|gz|bz2|xz|lzma|tZ|Z)$/i;
const unquoted = (text: string): string => text.replace(/^(["'])(.*)\1$/, '$2');
const fileName = (path: string): string => /[^/\\]*$/.exec(unquoted(path))?.[0] ?? '';
const isRoot = (path: string | undefined): boolean => unquoted(path ?? '') === '/';

/** `tar -xf`, `tar xf`, `tar --extract`, or gzip's and xz's programs that take an archive apart. */
function unpacks({ program, words }: SimpleCommand): boolean {
  if (/^(unzip|gunzip|bunzip2|unlzma|unxz|zgz|uncompress|zcat|gzcat)$/.test(program)) return true;
  const [first = ''] = words;
  const options = words.filter((word) => /^-[A-Za-z]+$/.test(word)).join('');
  return (
    program === 'tar' &&
    (words.some((word) => /^--(extract|get)$/.test(word)) ||
      options.includes('x') ||
      /^[A-Za-wyz]*x[A-Za-z]*$/.test(first))
  );
}

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
