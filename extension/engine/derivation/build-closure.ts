/**
 * Builds a closure and looks at what came out: each output's path, NAR hash and references. The result
 * travels as a tar archive through a private file.
 */
import { lstatSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  baseName,
  builtOutputs,
  textOf,
  treeAt,
  treeOfTar,
  type BuiltOutput,
  type FileTree,
} from '../../../language-server/derivation';
import type { OpenedClosure } from '../../../language-server/server/store-reader';
import { BuildkitError } from '../../../proto/client/buildkit-error';
import type { Digest } from '../../../proto/model/digest';
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import { BuildFailure } from '../input/build-input';
import { cancelOnAbort } from '../job/cancel-on-abort';
import type { BuildJob, JobEvents } from '../job/build-job';
import type { SigningKey } from './cache/signing-key';
import { treeOfPath, writeCache, type CachedPath } from './cache/write-cache';
import { derivationInput, type DerivationInput } from './derivation-input';
import { stampOf, type KnownBuild, type KnownBuilds } from './known-build';
import { stillBuilt } from './still-built';
import { resolveProfile } from '../profile/profile';
import { startJob } from '../job/start-job';
import { DerivationFailures, type EachOptions } from './build-each';
import { failedDownload } from './failed-download';
import { exitCodeOf, explainDerivation, LOG_LINES } from './explain-derivation';

/** What a profile says about how derivations are built. */
export type DerivationSettings = Pick<
  LaunchAttributes,
  | 'substituters'
  | 'trustedPublicKeys'
  | 'requireSignatures'
  | 'tools'
  | 'toolsFolder'
  | 'sandboxShell'
>;

export type ClosureBuildOptions = {
  /** The `.drv` file to build. */
  readonly file: string;
  /** Where inputs and sources lie besides the file's own folder. */
  readonly storeDir?: string;
  readonly builder?: string;
  /** Further settings: binary caches to take from, tools. */
  readonly settings?: DerivationSettings;
  /** Default: everything at once, up to the first failure. */
  readonly each?: EachOptions;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** A binary cache that the outputs, and the sources they refer to, are written to. */
  readonly cache?: { readonly folder: string; readonly key?: SigningKey };
  /** Earlier builds; without, everything is looked at anew. */
  readonly known?: KnownBuilds;
  readonly events: JobEvents;
  readonly signal?: AbortSignal;
};

export type ClosureBuild =
  | { readonly outcome: 'built'; readonly outputs: readonly BuiltOutput[] }
  | { readonly outcome: 'cancelled' }
  | {
      readonly outcome: 'failed';
      readonly message: string;
      /** The runner's, or the builder's own. */
      readonly exitCode: number | undefined;
    };

/**
 * @throws ProfileError, BuildFailure when there is nothing that can be built
 * @throws ConnectError when there is no BuildKit
 */
export async function buildClosure(options: ClosureBuildOptions): Promise<ClosureBuild> {
  const { cwd, env, events, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-drv-'));
  const archive = join(folder, 'result.tar');
  try {
    const attributes: LaunchAttributes = {
      ...options.settings,
      derivation: options.file,
      ...(options.storeDir === undefined ? {} : { context: options.storeDir }),
      outputs: [`type=tar,dest=${archive}`],
      ...(options.builder === undefined ? {} : { builder: options.builder }),
    };
    const profile = await resolveProfile(attributes, cwd);
    if (profile.source.kind !== 'derivation') throw new Error('not a derivation');
    const input = await derivationInput(profile, profile.source, undefined, env, options.each);
    const key = memorableKey(options, input);
    const known = key === undefined ? undefined : await options.known?.recall(key);
    if (known !== undefined) {
      const start = { profile, env, cwd, events, signal };
      const outputs = await stillBuilt(known, input, start);
      if (outputs !== undefined) return { outcome: 'built', outputs };
    }
    const { refusal } = await input.preview();
    if (refusal !== undefined) throw new BuildFailure(refusal);
    const job = await startJob({ profile, input, env, cwd, events, signal });
    const release = cancelOnAbort(job, signal);
    try {
      for (;;) {
        try {
          const { notes } = await job.define();
          for (const note of notes) events.output(`${note}\n`);
          await job.runAll();
          break;
        } catch (error) {
          const errors = failuresOf(error) ?? [{ error }];
          if (!errors.map((each) => input.recover(each.error)).includes(true)) throw error;
        }
      }
      const made = key === undefined ? undefined : await lookedUp(job, input);
      const end = await job.succeed();
      if (end.outcome === 'cancelled') return { outcome: 'cancelled' };
      if (end.outcome === 'failed') {
        return { outcome: 'failed', message: end.message ?? 'failed', exitCode: undefined };
      }
      const tree = treeOfTar(await readFile(archive));
      const { outputs, derivationAt } = input.built();
      const { sources } = input.opened.closure;
      const referencesOf = (path: string) => sources.get(path)?.references;
      const built = builtOutputs(outputs, derivationAt, referencesOf, tree);
      if (options.cache !== undefined) {
        const { folder: cache, key } = options.cache;
        const { paths, storeDir } = await cachedPaths(built, tree, input.opened);
        await writeCache(cache, paths, storeDir, key);
      }
      if (key !== undefined && made !== undefined) {
        await options.known?.keep(key, { ...made, outputs: built });
      }
      return { outcome: 'built', outputs: built };
    } catch (error) {
      if (signal?.aborted === true) {
        await job.cancel();
        return { outcome: 'cancelled' };
      }
      const failures = failuresOf(error);
      if (failures === undefined) {
        await job.cancel();
        throw error;
      }
      const downloads = await Promise.all(
        failures.map((each) => failedDownload(job, input.soFar(), each)),
      );
      // As a builder that finds nothing to download.
      const exitCode = downloads[0]?.why === undefined ? exitCodeOf(failures[0].error) : 1;
      const message = [
        ...(await Promise.all(
          failures.map(({ error: each }, at) =>
            explainDerivation(each, job, LOG_LINES, downloads[at]),
          ),
        )),
        ...(error instanceof DerivationFailures ? skippedText(error) : []),
      ].join('\n');
      await job.fail(message);
      return { outcome: 'failed', message, exitCode };
    } finally {
      release();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The name under which this build is remembered; undefined where the store it makes is wanted too, or
 * where what it takes from elsewhere may be something else the next time.
 */
function memorableKey(
  { known, cache, each, settings = {}, builder }: ClosureBuildOptions,
  { opened }: DerivationInput,
): string | undefined {
  const { substituters = [], toolsFolder, ...others } = settings;
  if (cache !== undefined || each !== undefined) return undefined;
  if (substituters.length > 0 || toolsFolder !== undefined) return undefined;
  return known?.keyOf(opened.closure, { ...others, builder });
}

/** What there is to remember of a build that ran, besides its outputs. */
async function lookedUp(
  job: BuildJob,
  input: DerivationInput,
): Promise<Omit<KnownBuild, 'outputs'> | undefined> {
  const asked = input.asked();
  const [result] = job.results;
  const [root] = result?.definition.ops.at(-1)?.op.inputs ?? [];
  if (asked === undefined || root === undefined) return undefined;
  const ref = result?.ref ?? (await job.solve(root.digest, root.index));
  const stamp = await stampOf(job.gateway, ref, textOf(input.opened.closure.storeDir));
  const { workers } = job;
  return { ...asked, workers, entitlements: input.entitlements, stamp };
}

/** What failed, and of which derivation's op that is known. */
type Failure = { readonly error: Error; readonly op?: Digest };

function failuresOf(error: unknown): readonly [Failure, ...Failure[]] | undefined {
  if (error instanceof DerivationFailures) return error.failures;
  return error instanceof BuildkitError || error instanceof BuildFailure ? [{ error }] : undefined;
}

function skippedText({ skipped }: DerivationFailures): string[] {
  if (skipped === 0) return [];
  return [
    `${skipped} ${skipped === 1 ? 'derivation that needs' : 'derivations that need'} this ${skipped === 1 ? 'was' : 'were'} not built.`,
  ];
}

/** The outputs as a cache holds them, with the sources that they lead to. */
async function cachedPaths(
  built: readonly BuiltOutput[],
  result: FileTree,
  { closure, sourceFolders }: OpenedClosure,
): Promise<{ readonly paths: CachedPath[]; readonly storeDir: string }> {
  const paths: CachedPath[] = [];
  for (const { path, drv, references } of built) {
    const tree = treeAt(result, path);
    if (tree !== undefined) paths.push({ path, tree, references, deriver: baseName(drv) });
  }
  const pending = built.flatMap(({ references }) => references);
  const done = new Set(paths.map(({ path }) => path));
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const source = closure.sources.get(path);
    if (done.has(path) || source?.references === undefined) continue;
    done.add(path);
    const places = sourceFolders.map((folder) => join(folder, textOf(baseName(path))));
    const place = places.find((each) => lstatSync(each, { throwIfNoEntry: false }) !== undefined);
    if (place === undefined) throw new Error(`${textOf(path)} is not there any more`);
    const tree = await treeOfPath(place);
    paths.push({ path, tree, references: source.references });
    pending.push(...source.references);
  }
  return { paths, storeDir: textOf(closure.storeDir) };
}
