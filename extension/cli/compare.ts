/** `llb-lens why` and `compare`: what differs between two remembered builds, and what ran for it. */
import { resolve } from 'node:path';
import type { BuildRecord } from '../engine/records/build-record';
import { lastBuilds } from '../engine/records/last-builds';
import { readBuildRecords } from '../engine/records/record-store';
import {
  type Cause,
  type Explanation,
  explanationText,
  onlyWhatRan,
  whyMissed,
} from '../engine/records/why-missed';
import { reasonText } from '../../webview/picture/reason-text';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';

export type CompareFlags = { readonly json: boolean };

/** The last build of a file against the one before it on the same builder. */
export async function why(file: string, flags: CompareFlags, to: Console): Promise<number> {
  const { before, after } = lastBuilds(await readBuildRecords(), resolve(file));
  return tell(onlyWhatRan(whyMissed(before, after)), flags, to);
}

/** @param earlier the id of a build, or its beginning; a build that `history ls` shows as ours */
export async function compare(
  earlier: string,
  later: string,
  flags: CompareFlags,
  to: Console,
): Promise<number> {
  const records = await readBuildRecords();
  const find = (id: string): BuildRecord => {
    const wanted = id.slice(id.lastIndexOf('/') + 1);
    const found =
      wanted === '' ? undefined : records.find(({ buildId }) => buildId.startsWith(wanted));
    if (found === undefined) throw unknown(`no build ${id} is remembered`);
    return found;
  };
  return tell(whyMissed(find(earlier), find(later)), flags, to);
}

async function tell(found: Explanation, { json }: CompareFlags, to: Console): Promise<number> {
  if (!json) {
    await to.out(explanationText(found));
    return ExitCode.good;
  }
  const { before, after, causes, removed, cached } = found;
  const report = {
    before: buildOf(before),
    after: buildOf(after),
    causes: causes.map(causeOf),
    removed: removed.map(({ fullName }) => fullName),
    cached,
  };
  await to.out(`${JSON.stringify(report, undefined, 2)}\n`);
  return ExitCode.good;
}

const buildOf = ({ buildId, file, finished, outcome }: BuildRecord) => ({
  buildId,
  file,
  finished,
  outcome,
});

const causeOf = ({ step, kind, reasons, affected, duration }: Cause) => ({
  digest: step.digest,
  name: step.fullName,
  kind,
  reasons: reasons.map((reason) => reasonText(reason)),
  affected: affected.map(({ fullName }) => fullName),
  duration,
});

const unknown = (message: string): CliError =>
  new CliError(ExitCode.failed, message, {
    remedy: 'Builds by llb-lens and in the editor are remembered; build it first.',
  });
