// The whole environment of a test run: acquires each part, and knows the reason where one is absent.
import { ensureChromium } from './chromium';
import { editions, ensureCodeServer, type EditionName } from './code-server-install';
import { acquireDaemons, type AcquiredDaemons } from './daemons';
import type { Daemons } from './description';
import { ensureOldDockers } from './old-docker';
import { ensureShellcheck } from './shellcheck';
import { Unavailable, type Part } from './unavailable';
import { testVariables } from './variables';

export interface Environment {
  /** The parts that are not there, each with its one-line reason. */
  readonly absent: readonly Unavailable[];
  readonly daemons: Daemons | undefined;
  /** What the tests need in their environment, see variables.ts. */
  readonly variables: NodeJS.ProcessEnv;
  /** Gives the daemons back; they stop when nobody else uses them. */
  close(): void;
}

export interface EnvironmentOptions {
  readonly needs: readonly Part[];
  readonly say: (line: string) => void;
  /** Keep the daemons until `env:down`. */
  readonly standing?: boolean;
}

export const allParts: readonly Part[] = [
  'buildkit',
  'shellcheck',
  'old-dockers',
  'chromium',
  'vscode',
  'vscode-oldest',
];

/** Never throws for a part that cannot be had: that is said in `absent`. */
export async function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const absent: Unavailable[] = [];
  const attempt = async <T>(part: Part, action: () => Promise<T>): Promise<T | undefined> => {
    if (!options.needs.includes(part)) return undefined;
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      options.say(sayAbsence(error));
      absent.push(error);
      return undefined;
    }
  };
  const codeServer = (edition: EditionName): Promise<unknown> =>
    attempt(editions[edition].part, () => ensureCodeServer(edition, options.say));

  // Downloads and unpacking overlap; the oldest VS Code comes last, since it is compiled.
  const [acquired, chromium] = await Promise.all([
    attempt('buildkit', () => acquireDaemons(options)),
    attempt('chromium', () => ensureChromium(options.say)),
    attempt('shellcheck', ensureShellcheck),
    attempt('old-dockers', ensureOldDockers),
    codeServer('newest').then(() => codeServer('oldest')),
  ]);
  if (acquired !== undefined) sayDaemons(acquired, options.say);
  return {
    absent,
    daemons: acquired?.daemons,
    variables: {
      [testVariables.daemons]: acquired === undefined ? '' : JSON.stringify(acquired.daemons),
      [testVariables.absence]: absent.map(sayAbsence).join('; '),
      ...(chromium === undefined ? {} : { [testVariables.chromium]: chromium }),
    },
    close: () => acquired?.release(),
  };
}

/** One line: which part, and why. */
export function sayAbsence(error: Unavailable): string {
  const reason = error.message.trim().split('\n').at(-1) ?? '';
  const verb = error.kind === 'download' ? 'could not be downloaded' : 'is not available';
  return `environment: ${error.part} ${verb}: ${reason}`;
}

function sayDaemons({ daemons }: AcquiredDaemons, say: (line: string) => void): void {
  for (const { name, address, store, version } of daemons.buildkits) {
    say(`environment: BuildKit "${name}" at ${address} (${store} store, ${version})`);
  }
  const versions = Object.entries(daemons.versions).map(([name, version]) => `${name} ${version}`);
  say(`environment: ${versions.join(', ')}`);
}
