/**
 * What BuildKit's Dockerfile frontend learned from release to release, as far as the same file then
 * compiles to something else. Everything is on by default; a build on an older daemon is compiled as
 * the daemon's own frontend compiles it.
 */

import type { FieldOrder } from '../../../proto/model/marshal';

/** BuildKit's releases, `major.minor`. */
export const frontendFeatures = {
  /** An op's kind comes last among its bytes: another protobuf library. */
  kindLast: '0.17',
  /** `COPY --parents` without the labs channel. */
  parentsFlag: '0.26',
  /** `RUN --security` without the labs channel. */
  securityFlag: '0.26',
  /** `# check=` above an instruction. */
  instructionChecks: '0.27',
  /** CopyIgnoredFile speaks up without being asked to, and of cleaned paths. */
  copyIgnoredFile: '0.27',
  /** A `<<-` heredoc is chomped before it is looked at for `#!`. */
  chompedShebang: '0.27',
  /** Names like `PASSWORD_FILE` and `KEY_VERSION` are no secrets. */
  fileAndVersionNames: '0.28',
  /** CopyIgnoredFile keeps out of ignore files with exceptions. */
  ignoreExceptions: '0.28',
  /** Local named contexts are told apart by a shared key. */
  contextSharedKey: '0.28',
  /** SOURCE_DATE_EPOCH may be a global ARG. */
  epochArgument: '0.29',
  /** SOURCE_DATE_EPOCH may name a stage or context whose time counts. */
  epochSource: '0.30',
  /** HEALTHCHECK in the image's history is readable. */
  readableHealthcheck: '0.30',
  /** CopyIgnoredFile lets `COPY .` pass unless everything is ignored. */
  ignoredContextRoot: '0.32',
} as const;

export type FrontendFeature = keyof typeof frontendFeatures;

/** Releases in which something changed and those before them, newest first. */
export const frontendReleases: readonly string[] = [
  ...new Set(['0.16', '0.25', ...Object.values(frontendFeatures)]),
].sort((a, b) => compareReleases(b, a));

/** @param release `major.minor`; undefined for the newest */
export function hasFeature(release: string | undefined, feature: FrontendFeature): boolean {
  return release === undefined || compareReleases(release, frontendFeatures[feature]) >= 0;
}

/** How a release writes ops. */
export function fieldOrder(release: string | undefined): FieldOrder {
  return hasFeature(release, 'kindLast') ? 'kind-last' : 'by-number';
}

function compareReleases(a: string, b: string): number {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA - majorB || minorA - minorB;
}
