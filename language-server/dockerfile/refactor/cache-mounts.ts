/** Where package managers keep what they download, so that a cache mount can keep it between builds. */
import { insert } from '../lint/fixes/fix';
import type { Instruction, SyntaxTree } from '../parser/syntax-tree';
import type { Refactor } from './refactor';
import { oneInstruction } from './selection';

type PackageManager = {
  readonly name: string;
  /** A command that downloads. */
  readonly command: RegExp;
  readonly targets: readonly string[];
  /** It cannot share its cache between builds that run at the same time. */
  readonly locked?: true;
};

const word = (pattern: string): RegExp => new RegExp(`(?:^|[\\s;&|(/])${pattern}`);

export const packageManagers: readonly PackageManager[] = [
  {
    name: 'apt',
    command: word('apt(?:-get)?\\s(?:[^;&|]*\\s)?(?:install|update|upgrade|dist-upgrade)\\b'),
    targets: ['/var/cache/apt', '/var/lib/apt'],
    locked: true,
  },
  { name: 'apk', command: word('apk\\s(?:[^;&|]*\\s)?add\\b'), targets: ['/etc/apk/cache'] },
  {
    name: 'dnf',
    command: word('(?:micro)?dnf\\s(?:[^;&|]*\\s)?(?:install|update|upgrade)\\b'),
    targets: ['/var/cache/dnf'],
    locked: true,
  },
  {
    name: 'yum',
    command: word('yum\\s(?:[^;&|]*\\s)?(?:install|update)\\b'),
    targets: ['/var/cache/yum'],
    locked: true,
  },
  {
    name: 'zypper',
    command: word('zypper\\s(?:[^;&|]*\\s)?(?:in|install|up|update)\\b'),
    targets: ['/var/cache/zypp'],
    locked: true,
  },
  {
    name: 'pip',
    command: word('(?:pip3?|python3? -m pip)\\s(?:[^;&|]*\\s)?(?:install|wheel|download)\\b'),
    targets: ['/root/.cache/pip'],
  },
  {
    name: 'uv',
    command: word('uv\\s(?:sync|pip|add|tool|lock)\\b'),
    targets: ['/root/.cache/uv'],
  },
  {
    name: 'Poetry',
    command: word('poetry\\s(?:[^;&|]*\\s)?install\\b'),
    targets: ['/root/.cache/pypoetry'],
  },
  {
    name: 'npm',
    command: word('npm\\s(?:[^;&|]*\\s)?(?:install|i|ci|add)\\b'),
    targets: ['/root/.npm'],
  },
  {
    name: 'Yarn',
    command: word('yarn(?:\\s+(?:install|add|--\\S+))?(?=\\s|$)'),
    targets: ['/usr/local/share/.cache/yarn'],
  },
  {
    name: 'pnpm',
    command: word('pnpm\\s(?:[^;&|]*\\s)?(?:install|i|add|fetch)\\b'),
    targets: ['/root/.local/share/pnpm/store'],
  },
  {
    name: 'Go',
    command: word(
      'go\\s(?:build|install|test|run|get|vet|generate|mod\\s+(?:download|tidy|vendor))\\b',
    ),
    targets: ['/go/pkg/mod', '/root/.cache/go-build'],
  },
  {
    name: 'Cargo',
    command: word('cargo\\s(?:[^;&|]*\\s)?(?:build|install|fetch|test|check|run|chef)\\b'),
    targets: ['/usr/local/cargo/registry', '/usr/local/cargo/git'],
  },
  { name: 'Maven', command: word('mvnw?\\s'), targets: ['/root/.m2'] },
  { name: 'Gradle', command: word('gradlew?\\s'), targets: ['/root/.gradle'] },
  {
    name: 'Composer',
    command: word('composer\\s(?:[^;&|]*\\s)?(?:install|update|require)\\b'),
    targets: ['/root/.composer/cache'],
  },
  {
    name: 'Bundler',
    command: word('bundle\\s(?:[^;&|]*\\s)?(?:install|update)\\b'),
    targets: ['/root/.bundle/cache'],
  },
  {
    name: 'NuGet',
    command: word('(?:dotnet\\s(?:restore|build|publish|test)|nuget\\s+restore)\\b'),
    targets: ['/root/.nuget/packages'],
  },
  {
    name: 'Conda',
    command: word('(?:conda|mamba)\\s(?:[^;&|]*\\s)?install\\b'),
    targets: ['/opt/conda/pkgs'],
  },
];

/** One offer for each package manager that the RUN calls and whose cache is not mounted yet. */
export const addCacheMount: Refactor = (tree, selection) => {
  const run = oneInstruction(tree, selection);
  if (run?.name !== 'run' || run.problem !== undefined) return [];
  const command = [...run.args, ...run.heredocs.map(({ content }) => content)].join(' ');
  const mounts = run.flags.filter(({ name }) => name === 'mount').map(({ value }) => value ?? '');
  return packageManagers.flatMap(({ name, command: pattern, targets, locked }) => {
    if (!pattern.test(command) || keepsNothing.test(command)) return [];
    const missing = targets.filter((target) => !mounts.some((mount) => mountsAt(mount, target)));
    if (missing.length === 0 || missing.some((target) => removes(command, target))) return [];
    if (missing.some((target) => target.startsWith('/root/')) && !runsAsRoot(tree, run)) return [];
    const sharing = locked === true ? ',sharing=locked' : '';
    const flags = missing.map((target) => ` --mount=type=cache,target=${target}${sharing}`);
    const at = run.flags.at(-1)?.end ?? run.keywordSpan.end;
    return [
      {
        kind: 'refactor.rewrite.cacheMount',
        title: `Keep ${name}’s downloads in a cache mount`,
        edits: [insert(at, flags.join(''))],
      },
    ];
  });
};

/** The package manager was told to keep nothing. */
const keepsNothing = /\s--no-cache(?:-dir)?(?=\s|$)/;

/** A folder that something is mounted on cannot be removed. */
function removes(command: string, target: string): boolean {
  return command
    .split(/[;&|\n]+/)
    .filter((part) => /(?:^|\s)(?:rm|rmdir)\s/.test(part))
    .some((part) => part.split(/\s+/).some((word) => isAbove(word.replace(/\/+$/, ''), target)));
}

const isAbove = (path: string, target: string): boolean =>
  path.startsWith('/') && (target === path || target.startsWith(`${path}/`));

/** As far as the RUN's own stage says. */
function runsAsRoot({ instructions }: SyntaxTree, run: Instruction): boolean {
  const before = instructions.filter(({ span }) => span.end < run.span.start);
  const last = before.findLast(({ name }) => name === 'user' || name === 'from');
  return last?.name !== 'user' || /^(?:root|0)(?::|$)/.test(last.args[0] ?? '');
}

const mountsAt = (mount: string, target: string): boolean =>
  mount
    .split(',')
    .some(
      (option) => /^(?:target|dst|destination)=/i.test(option) && option.endsWith(`=${target}`),
    );
