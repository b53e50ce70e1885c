// The integration tests on Docker 26, beside the newest. `npm run test:old-daemons` runs all of them
// on both of its image stores; `npm test` a few, on one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Daemons } from './description';
import { compareWithKnown, type Comparison } from './known-differences';
import { differencesOfDocker26 } from './old-docker-differences';
import { startOldDaemons } from './old-daemons';
import type { Tally } from './tally';
import { testVariables } from './variables';

/** They build, export and read contexts of every kind. */
const fewFiles = ['run-build', 'cli-sources', 'build-identities'];

/** They speak to no builder; what the page draws is the same for all. */
const withoutBuilder = ['webview/*', 'package', 'language-server', 'language-server-programs'];

export interface OldDockerRun {
  readonly environment: Daemons;
  readonly isWhole: boolean;
  readonly say: (line: string) => void;
  /** Runs vitest with these arguments; its exit code says no more than its report does. */
  readonly vitest: (argv: readonly string[], env: NodeJS.ProcessEnv) => Promise<number>;
}

/** Fails where something differs that is not known to, or no longer does what is. */
export async function runOnDocker26(options: OldDockerRun): Promise<Tally> {
  const { environment, isWhole, say } = options;
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-old-'));
  const stores = isWhole ? (['containerd', 'graph'] as const) : (['containerd'] as const);
  const old = await startOldDaemons('26', environment, stores);
  try {
    for (const { name, version } of old.daemons.buildkits) say(`Docker ${version}, ${name} store`);
    const report = join(folder, 'report.json');
    const files = isWhole
      ? ['test/integration', ...withoutBuilder.flatMap((name) => ['--exclude', pathOf(name)])]
      : fewFiles.map(pathOf);
    await options.vitest(
      [
        '--project=integration',
        '--reporter=json',
        '--reporter=dot',
        `--outputFile.json=${report}`,
        ...files,
      ],
      { ...process.env, [testVariables.daemons]: JSON.stringify(old.daemons) },
    );
    const comparison = compareWithKnown(
      JSON.parse(readFileSync(report, 'utf8')),
      differencesOfDocker26,
      isWhole,
    );
    return conclude(comparison, say);
  } finally {
    await old.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function pathOf(name: string): string {
  return `test/integration/${name}.test.ts`;
}

function conclude({ passed, known, skipped, surprises }: Comparison, say: (line: string) => void) {
  for (const one of surprises) say(`  ${one}`);
  say(`as on the newest: ${passed}; known to differ: ${known}; otherwise: ${surprises.length}`);
  return { passed: passed + known, failed: surprises.length, skipped };
}
