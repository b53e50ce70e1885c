/** `llb-lens builders`: which builders there are, which one is used, and whether they answer. */
import {
  listBuilders,
  type BuilderList,
  type ListedBuilder,
} from '../../proto/client/builders/builder-list';
import { connect, platformText } from '../../proto/client/connect';
import { ConnectError } from '../../proto/client/connect-error';
import { BuildkitError } from '../../proto/client/buildkit-error';
import type { Console } from './console';
import { ExitCode } from './exit-code';

export type BuildersFlags = { readonly builder?: string; readonly json: boolean };

type BuilderReport = ListedBuilder &
  (
    | {
        readonly state: 'connected';
        readonly version?: string;
        readonly platforms: readonly string[];
      }
    | { readonly state: 'unavailable'; readonly reason: string }
  );

/** Milliseconds that a builder has to answer. */
const patience = 5_000;

/** Exit code 3 when the builder that would be used does not answer. */
export async function builders(
  flags: BuildersFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  const { builder } = flags;
  const { builders: listed, problems }: BuilderList =
    builder === undefined
      ? await listBuilders(process.env)
      : { builders: [{ builder, name: builder, driver: '', current: true }], problems: [] };
  const reports = await Promise.all(listed.map((one) => lookAt(one, signal)));
  for (const problem of problems) await to.note(problem);
  if (flags.json) {
    await to.out(`${JSON.stringify({ builders: reports, problems }, undefined, 2)}\n`);
  } else await to.out(reports.map(reportLines).join(''));
  const usable = reports.some(({ current, state }) => current && state === 'connected');
  return usable ? ExitCode.good : ExitCode.noBuildKit;
}

async function lookAt(listed: ListedBuilder, signal: AbortSignal): Promise<BuilderReport> {
  try {
    const connection = await connect(listed.builder, { signal, timeout: patience });
    try {
      const { platforms } = connection.workers[0] ?? { platforms: [] };
      return {
        ...listed,
        state: 'connected',
        ...(await versionOf(connection)),
        // BuildKit 0.13 lists its own platform twice.
        platforms: [...new Set(platforms.map(platformText))],
      };
    } finally {
      connection.close();
    }
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    return { ...listed, state: 'unavailable', reason: error.message };
  }
}

/** Old BuildKits do not tell their version, and Docker's says that it is 0.0.0. */
async function versionOf({
  control,
}: Awaited<ReturnType<typeof connect>>): Promise<{ version?: string }> {
  try {
    const { buildkitVersion } = await control.info();
    const version = buildkitVersion?.version ?? '';
    return version === '' || version.startsWith('v0.0.0') ? {} : { version };
  } catch (error) {
    if (error instanceof BuildkitError) return {};
    throw error;
  }
}

function reportLines(report: BuilderReport): string {
  const { name, builder, driver, current } = report;
  const head = `${current ? '*' : ' '} ${name}${driver === '' ? '' : ` (${driver})`}`;
  const where = builder === name ? '' : `  ${builder}`;
  const state =
    report.state === 'connected'
      ? `BuildKit${report.version === undefined ? '' : ` ${report.version}`}: ${report.platforms.join(', ')}`
      : report.reason;
  return `${head}${where}\n    ${state}\n`;
}
