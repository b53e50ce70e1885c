/** The steps that report on outputs: what they refer to, how large they are, and what they are called. */
import type { Digest } from '../../../proto/model/digest';
import { NONE } from '../../../proto/model/op';
import { bytesOf, textOf, type ByteString } from '../byte-string';
import type { Closure } from '../closure';
import type { Knowledge } from '../knowledge';
import { REPORT_FILE } from '../runner/report-script';
import {
  JOBS_VARIABLE,
  KNOWN_DIR,
  NAMES_VARIABLE,
  REPORTED_DIR,
  REPORTER,
  REPORT_NAME,
} from '../runner/tools';
import { BUILD_DIR } from '../sandbox/environment';
import { BUILD_USER } from '../sandbox/skeleton';
import { baseName, parseStorePath } from '../store-path';
import { ROLES } from './compiled-closure';
import { EXEC_CAPS, sandboxExec } from './exec-op';
import { fileOp, makeFile } from './file-ops';
import { MountList } from './mount-list';
import type { OpMaker } from './op-maker';
import { STORE_OUTPUT, storeInput, type StoreInput } from './store-input';

export type ReportStep = {
  readonly digest: Digest;
  /** The derivations it reports on. */
  readonly drvs: readonly ByteString[];
};

export type ReportSubject = {
  readonly drv: ByteString;
  readonly digest: Digest;
  readonly outputs: readonly { readonly name: ByteString; readonly path: ByteString }[];
};

/** Derivations in one report: each is a mount or more. */
const MOST_SUBJECTS = 128;

/** The kernel takes variables of up to 128 KiB; what is longer becomes a file. */
const LONGEST_VARIABLE = 64 * 1024;

const unlines = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const lengthOf = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + line.length + 1, 0);

/** One step for every {@link MOST_SUBJECTS} derivations. Sources are measured with the first. */
export function reportSteps(
  maker: OpMaker,
  closure: Closure,
  subjects: readonly ReportSubject[],
  knowledge: Knowledge,
  sizes: boolean,
): ReportStep[] {
  const names = storeNames(closure, subjects, knowledge);
  const steps: ReportStep[] = [];
  const unmeasured = sizes
    ? [...closure.sources.keys()].filter(
        (path) => !knowledge.archives.has(path) && isMeasurable(maker.source(path), path),
      )
    : [];
  const alone = subjects.length === 0 && unmeasured.length > 0;
  for (let at = 0; at < subjects.length || (alone && at === 0); at += MOST_SUBJECTS) {
    const some = subjects.slice(at, at + MOST_SUBJECTS);
    const measured = at === 0 ? unmeasured : [];
    steps.push(reportStep(maker, closure, some, names, knowledge, sizes, measured));
  }
  return steps;
}

/** One step for so many paths that says how large each is as an archive. */
export function weighingSteps(
  maker: OpMaker,
  places: ReadonlyMap<ByteString, StoreInput>,
): Digest[] {
  const all = [...places];
  const steps: Digest[] = [];
  for (let at = 0; at < all.length; at += MOST_SUBJECTS) {
    const mounts = reporterMounts(maker);
    const some = all.slice(at, at + MOST_SUBJECTS);
    const jobs = some.map(([path, { input, selector, link }], count) => {
      const folder = link ? selector.slice(0, selector.lastIndexOf('/')) : selector;
      mounts.add(input, { dest: `${REPORTED_DIR}/${count}`, selector: folder, readonly: true });
      return `weigh ${link ? `${count}/${textOf(baseName(path))}` : count} ${textOf(path)}`;
    });
    steps.push(reporter(maker, mounts, jobs, [], `weigh ${some.length} outputs`));
  }
  return steps;
}

/** Whether a source can be measured: a link cannot be mounted for it. */
export function isMeasurable(source: StoreInput | undefined, path: ByteString): boolean {
  return source?.link === false && parseStorePath(path) !== undefined;
}

/** Every name that an output could mention. */
function storeNames(
  closure: Closure,
  subjects: readonly ReportSubject[],
  knowledge: Knowledge,
): string[] {
  const paths = new Set<ByteString>(closure.sources.keys());
  for (const { derivation } of closure.derivations.values()) {
    for (const { path } of derivation?.outputs ?? []) if (path !== '') paths.add(path);
  }
  for (const { outputs } of subjects)
    for (const { path } of outputs) if (path !== '') paths.add(path);
  for (const path of knowledge.mentions.keys()) paths.add(path);
  return [...paths].map((path) => textOf(baseName(path))).sort();
}

function reportStep(
  maker: OpMaker,
  closure: Closure,
  subjects: readonly ReportSubject[],
  names: readonly string[],
  knowledge: Knowledge,
  sizes: boolean,
  measured: readonly ByteString[],
): ReportStep {
  const mounts = reporterMounts(maker);
  const jobs: string[] = [];
  let count = 0;
  for (const { drv, digest, outputs } of subjects) {
    if (outputs.some(({ path }) => path === '')) {
      const selector = `/${baseName(closure.storeDir)}/${REPORT_NAME}`;
      const dest = `${REPORTED_DIR}/${count}`;
      mounts.add({ digest, index: STORE_OUTPUT }, { dest, selector, readonly: true });
      jobs.push(`paths ${count} ${textOf(drv)}`);
      count += 1;
    }
    for (const { path } of outputs) {
      if (path === '') continue;
      const { input, selector, link } = storeInput(digest, path, closure.storeDir, knowledge);
      // Of a link its folder is mounted.
      const folder = link ? selector.slice(0, selector.lastIndexOf('/')) : selector;
      mounts.add(input, { dest: `${REPORTED_DIR}/${count}`, selector: folder, readonly: true });
      const at = link ? `${count}/${textOf(baseName(path))}` : `${count}`;
      jobs.push(`scan ${at} ${textOf(path)}`);
      if (sizes) jobs.push(`size ${at} ${textOf(path)}`);
      count += 1;
    }
  }
  for (const path of measured) {
    const source = maker.source(path);
    if (source === undefined) continue;
    const { input, selector } = source;
    mounts.add(input, { dest: `${REPORTED_DIR}/${count}`, selector, readonly: true });
    jobs.push(`size ${count} ${textOf(path)}`);
    count += 1;
  }
  const about = subjects.length === 1 ? 'a derivation' : `${subjects.length} derivations`;
  const digest = reporter(maker, mounts, jobs, names, `report on ${about}`);
  return { digest, drvs: subjects.map(({ drv }) => drv) };
}

/** One step with the reports of others behind each other, so that they are read in one go. */
export function gatherReports(maker: OpMaker, reports: readonly Digest[]): Digest {
  const mounts = reporterMounts(maker);
  for (const [at, digest] of reports.entries()) {
    const place = { dest: `${REPORTED_DIR}/${at}`, selector: REPORT_FILE, readonly: true };
    mounts.add({ digest, index: 0 }, place);
  }
  const jobs = reports.map((_, at) => `said ${at} -`);
  return reporter(maker, mounts, jobs, [], `gather ${reports.length} reports`);
}

function reporterMounts(maker: OpMaker): MountList {
  const skeleton = maker.skeleton(maker.ownPlatform);
  const mounts = new MountList();
  mounts.add({ digest: skeleton.root, index: 0 }, { dest: '/', output: 0 });
  return mounts;
}

/** The step that does the jobs on what is mounted. */
function reporter(
  maker: OpMaker,
  mounts: MountList,
  jobs: readonly string[],
  names: readonly string[],
  what: string,
): Digest {
  const asked = [
    { file: '/jobs', variable: JOBS_VARIABLE, lines: jobs },
    { file: '/names', variable: NAMES_VARIABLE, lines: names },
  ];
  // A step more for files would take as long as some of what the report itself does.
  const asFiles = asked.some(({ lines }) => lengthOf(lines) > LONGEST_VARIABLE);
  if (asFiles) {
    const files = asked.map(({ file, lines }) => makeFile(file, 0o444, bytesOf(unlines(lines))));
    const known = maker.add(
      { inputs: [], op: fileOp(NONE, 0, files) },
      { name: '[internal] ask what the outputs refer to', caps: ['file.base'] },
      ROLES.sandbox,
    );
    mounts.add({ digest: known, index: 0 }, { dest: KNOWN_DIR, readonly: true });
  }
  const env = asFiles ? [] : asked.map(({ variable, lines }) => `${variable}=${lines.join('\n')}`);
  return maker.add(
    {
      inputs: mounts.inputs,
      platform: maker.ownPlatform,
      op: sandboxExec({ script: [REPORTER], env, cwd: BUILD_DIR, user: BUILD_USER, mounts }),
    },
    { name: `[internal] ${what}`, caps: EXEC_CAPS },
    ROLES.sandbox,
  );
}
