/** What hadolint says about package managers: to answer yes, to name versions, to clean up. */
import {
  cached,
  cleans,
  commands,
  hasFlag,
  uses,
  type HadolintRule,
  type RunCommand,
} from './hadolint-file';

type Manager = {
  readonly program: RegExp;
  readonly verbs: readonly string[];
};

const aptGet = /^apt-get$/;
const dnf = /^(micro)?dnf$/;
const yum = /^yum$/;
const zypper = /^zypper$/;
const zypperInstalls = ['install', 'in'];

/** Managers that ask before they install, and the flags that answer. */
const confirmations: readonly (Manager & {
  readonly code: string;
  readonly name: string;
  readonly flags: readonly string[];
})[] = [
  {
    code: 'DL3014',
    name: 'apt-get',
    program: aptGet,
    verbs: ['install'],
    flags: ['-y', '--yes', '--assume-yes', '-qq'],
  },
  {
    code: 'DL3030',
    name: 'yum',
    program: yum,
    verbs: ['install', 'groupinstall', 'localinstall', 'reinstall'],
    flags: ['-y', '--assumeyes'],
  },
  {
    code: 'DL3034',
    name: 'zypper',
    program: zypper,
    verbs: [...zypperInstalls, 'remove', 'rm', 'source-install', 'si', 'patch'],
    flags: ['-y', '--no-confirm', '-n', '--non-interactive'],
  },
  {
    code: 'DL3038',
    name: 'dnf',
    program: dnf,
    verbs: ['install', 'groupinstall', 'localinstall', 'reinstall'],
    flags: ['-y', '--assumeyes'],
  },
];

/** Managers that leave a cache in the layer, what empties it, and where a cache mount may be. */
const leavings: readonly (Manager & {
  readonly code: string;
  readonly clean: string;
  readonly cleaning: RegExp;
  readonly cache: string;
  readonly severity?: HadolintRule['severity'];
})[] = [
  {
    code: 'DL3032',
    program: yum,
    verbs: ['install'],
    clean: 'yum clean all',
    cleaning: /^(yum clean all|rm\b.*\/var\/cache\/yum)/,
    cache: '/var/cache/yum',
  },
  {
    code: 'DL3036',
    program: zypper,
    verbs: zypperInstalls,
    clean: 'zypper clean',
    cleaning: /^zypper (clean|cc)\b/,
    cache: '/var/cache/zypp',
  },
  {
    code: 'DL3040',
    program: dnf,
    verbs: ['install'],
    clean: 'dnf clean all',
    cleaning: /^((micro)?dnf clean all|rm\b.*\/var\/cache\/(lib)?dnf)/,
    cache: '/var/cache/dnf',
  },
  {
    code: 'DL3060',
    program: /^yarn$/,
    verbs: ['install'],
    clean: 'yarn cache clean',
    cleaning: /^yarn cache clean/,
    cache: 'yarn',
    severity: 'information',
  },
];

/** Managers whose packages can be named with a version, and what such a name looks like. */
const pins: readonly (Manager & {
  readonly code: string;
  readonly name: string;
  readonly example: string;
  /** A name with a version, or one that needs none: a file, a folder, a commit. */
  readonly pinned: RegExp;
  /** Flags whose value is a word of its own. */
  readonly valued?: readonly string[];
  /** With one of these the versions are given elsewhere. */
  readonly elsewhere?: readonly string[];
})[] = [
  {
    code: 'DL3008',
    name: 'apt-get',
    example: 'name=version',
    program: aptGet,
    verbs: ['install'],
    pinned: /=|\.deb$/,
    valued: ['-c', '-o', '-t', '--target-release'],
  },
  {
    code: 'DL3013',
    name: 'pip',
    example: 'name==version',
    program: /^pip\d?(\.\d+)?$/,
    verbs: ['install'],
    pinned: /[=<>~@/]|\.whl$|^\.$/,
    valued: ['-i', '--index-url', '--extra-index-url', '-t', '--target', '--prefix', '-e'],
    elsewhere: ['-r', '--requirement', '-c', '--constraint'],
  },
  {
    code: 'DL3016',
    name: 'npm',
    example: 'name@version',
    program: /^npm$/,
    verbs: ['install', 'i', 'add'],
    pinned: /^@?[\w.-]+(\/[\w.-]+)?@|^git.*#|\.(tar|tar\.gz|tgz)$|^[./~]/,
    valued: ['--loglevel', '--registry', '--prefix', '--tag', '-w', '--workspace'],
  },
  {
    code: 'DL3018',
    name: 'apk',
    example: 'name=version',
    program: /^apk$/,
    verbs: ['add'],
    pinned: /[=~<>]|\.apk$|^\.[\w.-]+$/,
    valued: ['-t', '--virtual', '--repository', '-X', '--root', '-p'],
  },
  {
    code: 'DL3028',
    name: 'gem',
    example: 'name:version',
    program: /^gem$/,
    verbs: ['install', 'i'],
    pinned: /:|\.gem$/,
    valued: ['-i', '--install-dir', '-s', '--source', '-n', '--bindir'],
    elsewhere: ['-v', '--version', '-g', '--file'],
  },
  {
    code: 'DL3033',
    name: 'yum',
    example: 'name-version',
    program: yum,
    verbs: ['install'],
    pinned: /-\d|\.rpm$/,
  },
  {
    code: 'DL3037',
    name: 'zypper',
    example: 'name=version',
    program: zypper,
    verbs: zypperInstalls,
    pinned: /[=<>]|\.rpm$/,
  },
  {
    code: 'DL3041',
    name: 'dnf',
    example: 'name-version',
    program: dnf,
    verbs: ['install'],
    pinned: /-\d|:|\.rpm$/,
  },
  {
    code: 'DL3062',
    name: 'go',
    example: 'path@version',
    program: /^go$/,
    verbs: ['install', 'get'],
    pinned: /@(?!latest$)|^\.|^(cmd|std)$/,
  },
];

/** The words behind the verb that name packages. */
function packagesOf(
  { words }: RunCommand,
  verbs: readonly string[],
  valued: readonly string[] = [],
): string[] {
  const verb = words.findIndex((word) => verbs.includes(word));
  return words
    .slice(verb + 1)
    .filter(
      (word, index, after) =>
        !word.startsWith('-') &&
        !word.includes('$') &&
        !valued.includes(index === 0 ? '' : (after[index - 1] ?? '')),
    );
}

/** `npm run install` runs something else. */
const isVerb = ({ words }: RunCommand, verbs: readonly string[]): boolean =>
  verbs.includes(words.find((word) => !word.startsWith('-')) ?? '');

export const packageRules: readonly HadolintRule[] = [
  ...confirmations.map(({ code, name, program, verbs, flags }): HadolintRule => ({
    code,
    severity: 'warning',
    message: `${name} asks before it installs; use ${flags[0] ?? ''}`,
    find: commands((command) => uses(command, program, ...verbs) && !hasFlag(command, ...flags)),
  })),
  ...leavings.map(
    ({ code, program, verbs, clean, cleaning, cache, severity = 'warning' }): HadolintRule => ({
      code,
      severity,
      message: `Run ${clean} in the same RUN, or mount a cache`,
      find: commands(
        (command, file) =>
          uses(command, program, ...verbs) &&
          !cached(command, cache) &&
          !cleans(command, file, cleaning),
      ),
    }),
  ),
  ...pins.map(
    ({ code, name, example, program, verbs, pinned, valued, elsewhere = [] }): HadolintRule => ({
      code,
      severity: 'warning',
      message: `Give the packages of ${name} a version: ${example}`,
      policy: true,
      find: commands(
        (command) =>
          program.test(command.program) &&
          isVerb(command, verbs) &&
          !(elsewhere.length > 0 && hasFlag(command, ...elsewhere)) &&
          packagesOf(command, verbs, valued).some((each) => !pinned.test(each)),
      ),
    }),
  ),
];
