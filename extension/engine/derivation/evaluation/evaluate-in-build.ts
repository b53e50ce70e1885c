/** Evaluates on the builder, in an image that has Nix, and brings home what that wrote. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { BuildkitError } from '../../../../proto/client/buildkit-error';
import type { StatusResponse } from '../../../../proto/generated/control';
import { platformFromPb } from '../../../../proto/model/unmarshal';
import { BuildFailure, type BuildInput, type DefineContext } from '../../input/build-input';
import { explain } from '../../failure/explain';
import { expandVariables } from '../../input/expand-variables';
import { cancelOnAbort } from '../../job/cancel-on-abort';
import type { JobEvents } from '../../job/build-job';
import { toolsImage } from '../tools-image';
import { gatewayResolver } from '../../job/gateway-resolver';
import { startJob } from '../../job/start-job';
import { cacheFolder, thisHost } from '../../platform';
import { isRecord } from '../../profile/decode';
import { evaluationStep, RESULT_NAMES, RESULT_STORE, stepName } from './evaluation-step';
import { readFolders } from './read-folders';

/** What has `nix` where nobody says anything else. */
export const NIX_IMAGE = 'docker.io/nixos/nix:latest';

export type BuildEvaluation = {
  /** `-f`: the installables are attributes of this expression. */
  readonly file?: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Default: {@link NIX_IMAGE}. */
  readonly nixImage?: string;
  readonly tools?: string;
  readonly builder?: string;
  readonly events?: JobEvents;
  readonly signal?: AbortSignal;
};

/** Lines of the log that are repeated when evaluation fails. */
const LOG_LINES = 40;

const QUIET: JobEvents = { output: () => undefined };

/**
 * The derivations that installables come to, as files in a private store, by the place of each.
 * @throws BuildFailure with Nix's text when one cannot be evaluated
 * @throws ConnectError when there is no BuildKit
 */
export async function evaluateInBuild(
  names: readonly string[],
  options: BuildEvaluation,
): Promise<readonly string[]> {
  const { cwd, env, builder, events = QUIET, signal } = options;
  const home = join(cacheFolder(thisHost()), 'nix-store-of-builds');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const staging = await mkdtemp(join(home, '.new-'));
  try {
    const input = new EvaluationInput(names, options);
    const log: Uint8Array[] = [];
    // BuildKit names a step that always runs by another digest than that of its op.
    const steps = new Set<string>();
    const status = (response: StatusResponse): void => {
      for (const { digest, name } of response.vertexes) if (name === input.step) steps.add(digest);
      for (const { vertex, msg } of response.logs) if (steps.has(vertex)) log.push(msg);
      events.status?.(response);
    };
    const job = await startJob({
      profile: {
        ...(builder === undefined ? {} : { builder }),
        outputs: [`type=local,"dest=${staging.replace(/"/g, '""')}"`],
        source: { kind: 'llb', file: input.path, context: cwd },
      },
      ...{ input, env, cwd, events: { ...events, status }, internal: true, signal },
    });
    const release = cancelOnAbort(job, signal);
    try {
      await job.define();
      const { error, outcome, message } = await job.succeed();
      if (outcome !== 'succeeded') {
        if (error instanceof BuildkitError && log.length > 0) {
          throw new EvaluationError(lastLines(Buffer.concat(log).toString()));
        }
        throw new BuildFailure(message ?? 'The evaluation was cancelled.');
      }
    } catch (error) {
      await job.cancel();
      if (error instanceof BuildkitError) throw new BuildFailure(explain(error));
      throw error;
    } finally {
      release();
    }
    return await bringHome(staging, home, names.length);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Nix's own words on why it does not evaluate. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}

function lastLines(log: string): string {
  return log.trim().split(/\r?\n/).slice(-LOG_LINES).join('\n');
}

/** Store paths never change, so those that are there already stay. */
async function bringHome(staging: string, home: string, count: number): Promise<readonly string[]> {
  const there = new Set(await readdir(home));
  for (const name of await readdir(join(staging, RESULT_STORE))) {
    if (!/^[0-9a-z]{32}-/.test(name) || there.has(name)) continue;
    await rename(join(staging, RESULT_STORE, name), join(home, name));
  }
  return Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const path = await readFile(join(staging, RESULT_NAMES, `${at}`), 'utf8');
      return join(home, basename(path.trim()));
    }),
  );
}

/** The step as a build of its own, which nobody looks at. */
class EvaluationInput implements BuildInput {
  readonly kind = 'llb';
  readonly path: string;
  readonly text = new Uint8Array(0);
  readonly directories: Readonly<Record<string, string>>;
  readonly secrets = [];
  readonly entitlements = [];
  readonly expand = expandVariables;
  /** What the step that runs Nix is called. */
  readonly step: string;
  private readonly folders: readonly { readonly name: string; readonly place: string }[];

  constructor(
    private readonly names: readonly string[],
    private readonly options: BuildEvaluation,
  ) {
    const { cwd, file } = options;
    this.path = cwd;
    this.step = stepName(names);
    const found = readFolders(names, { cwd, ...(file === undefined ? {} : { file }) });
    const named = found.map((folder, at) => ({ name: `llb-lens-evaluation-${at}`, folder }));
    this.directories = Object.fromEntries(named.map(({ name, folder }) => [name, folder]));
    // Absolute references mean the same in the step.
    this.folders = named.map(({ name, folder }) => ({ name, place: inStep(folder) }));
  }

  preview() {
    return Promise.resolve({ results: [] });
  }

  async define({ gateway, info }: DefineContext) {
    const { cwd, file, nixImage = NIX_IMAGE, tools, env } = this.options;
    const platform = info.workers.flatMap(({ platforms }) => platforms.map(platformFromPb))[0] ?? {
      os: 'linux',
      architecture: 'amd64',
    };
    const resolver = gatewayResolver(gateway);
    const [nix, { ref, digest }] = await Promise.all([
      resolver.resolve(nixImage, { platform, mode: 'default' }),
      toolsImage(tools, env, resolver, platform),
    ]);
    const definition = evaluationStep({
      names: this.names,
      ...(file === undefined ? {} : { file: inStep(resolve(cwd, file)) }),
      cwd: inStep(cwd),
      folders: this.folders,
      nix: { ...image(nix), env: environmentOf(nix.config) },
      tools: { ref, ...(digest === undefined ? {} : { digest }) },
      platform,
    });
    return { results: [{ id: '', definition }], metadata: new Map(), notes: [] };
  }

  pathOfSource(): undefined {
    return undefined;
  }

  outline(): undefined {
    return undefined;
  }

  contextAt(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  assign() {
    return { kind: 'refused', message: 'Evaluation has no variables.' } as const;
  }

  arguments() {
    return Promise.resolve([]);
  }
}

/** A folder of this machine as the step sees it: where it is, as far as Linux has such paths. */
function inStep(path: string): string {
  return process.platform === 'win32'
    ? `/${path.replace(/^([A-Za-z]):/, '$1').replaceAll('\\', '/')}`
    : path;
}

function image({ ref, digest }: { readonly ref: string; readonly digest?: string }) {
  return { ref, ...(digest === undefined ? {} : { digest }) };
}

/** What an image's config sets, as far as it is one. */
function environmentOf(config: Uint8Array): readonly string[] {
  const value: unknown = JSON.parse(new TextDecoder().decode(config));
  const inner = isRecord(value) ? value['config'] : undefined;
  const env = isRecord(inner) ? inner['Env'] : undefined;
  return Array.isArray(env) ? env.filter((each) => typeof each === 'string') : [];
}
