/**
 * Changes of buildx's own store go through `docker buildx`: it holds the lock, starts and removes
 * what belongs to a builder, and checks what it is given.
 */
import { spawn } from 'node:child_process';
import { errorCode } from '../../../proto/client/connect-error';
import { BuildFailure } from '../input/build-input';

export type NewBuilder = {
  readonly name: string;
  readonly driver: 'docker-container' | 'kubernetes' | 'remote';
  /** A Docker context or endpoint, or the address of a remote buildkitd. */
  readonly endpoint?: string;
};

const longestComplaint = 4000;

/** What a docker command says that has no buildx: it takes the options for its own. */
const withoutBuildx =
  /^(?:unknown flag: |docker: '?buildx'? is not a docker command|docker: unknown command)/;

/** @throws BuildFailure with buildx's words */
export async function createBuilder(
  { name, driver, endpoint }: NewBuilder,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<void> {
  // After "--" nothing is an option.
  const place = endpoint === undefined || endpoint === '' ? [] : ['--', endpoint];
  await buildx(['create', `--name=${name}`, `--driver=${driver}`, ...place], env, signal);
}

/** @throws BuildFailure with buildx's words */
export async function removeBuilder(
  name: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<void> {
  await buildx(['rm', '--force', '--', name], env, signal);
}

function buildx(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker', ['buildx', ...args], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      windowsHide: true,
      ...(signal && { signal }),
    });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-longestComplaint);
    });
    child.once('error', (error) => {
      reject(
        new BuildFailure(
          errorCode(error) === 'ENOENT'
            ? 'Builders are created and removed by docker buildx, and the docker command is not on PATH.'
            : `docker buildx could not be run: ${error.message}.`,
        ),
      );
    });
    child.once('close', (code) => {
      if (code === 0) resolve();
      else if (withoutBuildx.test(complaint)) {
        reject(
          new BuildFailure(
            'Builders are created and removed by docker buildx, and the docker command on PATH has no buildx.',
          ),
        );
      } else {
        reject(
          new BuildFailure(complaint.trim() || `docker buildx exited with code ${code ?? 'none'}.`),
        );
      }
    });
  });
}
