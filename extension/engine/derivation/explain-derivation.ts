/**
 * Why a derivation failed, in Nix's words where Nix has them: which one, and the cause. BuildKit's own
 * message only repeats the command that it ran.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { hexToBytes } from '@noble/hashes/utils.js';
import {
  EXIT_HASH_MISMATCH,
  EXIT_REJECTED,
  OWN_FAILURE,
} from '../../../language-server/derivation';
import { BuildkitError } from '../../../proto/client/buildkit-error';
import { downloadText, type FailedDownload } from './failed-download';
import { explain } from '../failure/explain';
import type { FailedBuild } from '../input/build-input';

/** Lines of the log that a message repeats for who does not see the log beside it. */
export const LOG_LINES = 10;

/**
 * How the runner begins what it says itself. It says it to standard error, to which a builder, whose
 * own output the runner passes on, cannot write; so no builder can speak in its name.
 */
const OURS = /^llb-lens: ?/;

/** How long the log may follow behind the failure that it explains. Milliseconds. */
const LOG_LAG = 5_000;
const LOG_PAUSE = 50;

/**
 * @param logLines how many of its last lines a builder's own failure is told with
 * @param download the download that it was, where that is known
 */
export async function explainDerivation(
  error: Error,
  build: Pick<FailedBuild, 'log' | 'errorLog'>,
  logLines: number,
  download?: FailedDownload,
): Promise<string> {
  if (!(error instanceof BuildkitError)) return explain(error);
  const { vertex, exit } = error.details;
  const cause =
    vertex === undefined ? [] : await ownWords(() => build.errorLog(vertex), exit?.code);
  const log = vertex === undefined ? [] : linesIn(build.log(vertex, 0).text);
  const said = vertex === undefined ? [] : linesIn(build.errorLog(vertex));
  return (
    failureText(error.message, exit?.code, { cause, log, said }, logLines) ??
    (download && downloadText(download)) ??
    downloadFailure(error.message, download?.drvs[0]) ??
    explain(error)
  );
}

/** The codes that the runner has words for: a builder that cannot be run, and what is rejected. */
const OWN_CODES: readonly (number | undefined)[] = [126, 127, EXIT_REJECTED, EXIT_HASH_MISMATCH];

/** What the runner says of its exit code, line by line; empty where it was the builder that failed. */
async function ownWords(
  errorLog: () => string,
  exitCode: number | undefined,
): Promise<readonly string[]> {
  if (!OWN_CODES.includes(exitCode)) return [];
  for (let waited = 0; ; waited += LOG_PAUSE) {
    const said = linesIn(errorLog()).filter((line) => OURS.test(line));
    const cause = said.map((line) => line.replace(OURS, ''));
    if (cause[0]?.startsWith(OWN_FAILURE) === true) return [];
    if (cause.length > 0 || waited >= LOG_LAG) return cause;
    await wait(LOG_PAUSE);
  }
}

const linesIn = (text: string): string[] => text.split(/\r?\n/).filter((line) => line !== '');

type Said = {
  readonly cause: readonly string[];
  readonly log: readonly string[];
  /** What of the log no builder has written. */
  readonly said: readonly string[];
};

/** The text for a failed runner; undefined when it was something else that failed. */
function failureText(
  message: string,
  exitCode: number | undefined,
  { cause, log, said }: Said,
  logLines: number,
): string | undefined {
  const [, drv] = /process "[^"]*\/run (\S+?\.drv)"/.exec(message) ?? [];
  if (drv === undefined) return undefined;
  if (exitCode === EXIT_HASH_MISMATCH && cause.length > 0) return cause.join('\n');
  if (exitCode === EXIT_REJECTED && cause.length > 0) {
    return `Cannot build '${drv}'. Reason: ${cause.join('\n')}`;
  }
  const last = log.slice(log.length - Math.min(logLines, log.length)).map((line) => `  > ${line}`);
  const tail = last.length === 0 ? '' : `\nLast ${last.length} log lines:\n${last.join('\n')}`;
  return `Cannot build '${drv}'. Reason: ${cause[0] ?? reason(exitCode, said)}.${tail}`;
}

/** Signals that end builders, by number. */
const SIGNALS: Readonly<Record<number, string>> = {
  6: 'Aborted',
  9: 'Killed',
  11: 'Segmentation fault',
  15: 'Terminated',
};

function reason(exitCode: number | undefined, said: readonly string[]): string {
  if (exitCode === undefined) return 'builder failed';
  // Linux takes variables of up to 128 KiB; what starts the runner says so in its place.
  const tooLong = said.some((line) => /^exec \S+: argument list too long$/i.test(line));
  if (tooLong) return 'executing the builder: Argument list too long';
  const signal = exitCode - 128;
  if (signal > 0 && signal < 65) {
    // A shell says the same of a builder that a signal ended and of one that ends with this code.
    const name = SIGNALS[signal];
    const what = name === undefined ? `signal ${signal}` : `signal ${signal}, ${name}`;
    return `builder failed with exit code ${exitCode} (as after ${what})`;
  }
  return `builder failed with exit code ${exitCode}`;
}

/** The exit code that the runner has, or would have had where BuildKit checked in its place. */
export function exitCodeOf(error: Error): number | undefined {
  if (!(error instanceof BuildkitError)) return undefined;
  return downloadFailure(error.message) === undefined
    ? error.details.exit?.code
    : EXIT_HASH_MISMATCH;
}

/** BuildKit checks a download itself; its error holds both hashes. */
function downloadFailure(message: string, drv?: string): string | undefined {
  const [, got, wanted] =
    /digest mismatch sha256:([0-9a-f]{64}): sha256:([0-9a-f]{64})/.exec(message) ?? [];
  if (got === undefined || wanted === undefined) return undefined;
  const sri = (hex: string): string => `sha256-${Buffer.from(hexToBytes(hex)).toString('base64')}`;
  return (
    `hash mismatch in fixed-output derivation${drv === undefined ? '' : ` '${drv}'`}:\n` +
    `         specified: ${sri(wanted)}\n            got:    ${sri(got)}`
  );
}
