/**
 * A Dockerfile that lies at an address (`-f https://…`). The builder downloads it, as buildx has it:
 * what it may reach is what counts for the build, not what this machine can.
 */
import { randomBytes } from 'node:crypto';
import * as ops from '../../../proto/generated/ops';
import type { Connection } from '../../../proto/client/connect';
import { digestOf } from '../../../proto/model/digest';
import { BuildFailure } from '../input/build-input';
import { terminalBytes } from './slice';

/** As buildx has it. Bytes. */
const largest = 2 * 1024 * 1024;
const name = 'Dockerfile';

/** Whether `file` is an address that a Dockerfile can be downloaded from. */
export const isDownload = (file: string): boolean => /^https?:\/\//.test(file);

/**
 * The bytes at `url`. The job is an internal one, so it is in no list of builds.
 * @throws BuildFailure when they are too many
 * @throws BuildkitError when the builder cannot get them
 */
export async function downloadDockerfile(
  url: string,
  connection: Connection,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const ref = randomBytes(16).toString('hex');
  const job = new AbortController();
  const stop = () => job.abort();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  const solved = connection.control.solve({ ref, internal: true }, { signal: job.signal });
  // It ends when we have what we want, with the error that says so.
  solved.catch(() => undefined);
  const options = { signal: job.signal };
  const gateway = connection.gateway(ref);
  try {
    await gateway.ping(options);
    const made = await gateway.solve({ definition: download(url), evaluate: true }, options);
    const file = { ref: made.ref?.id ?? '', path: name };
    const { size } = await gateway.statFile(file, options);
    if (size > BigInt(largest)) {
      throw new BuildFailure(`${url} has ${size} bytes; a Dockerfile may have ${largest}.`);
    }
    return await gateway.readFile({ ref: file.ref, filePath: name }, options);
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

function download(url: string): ops.Definition {
  const bytes = ops.Op.encode({
    source: { identifier: url, attrs: new Map([['http.filename', name]]) },
  });
  const digest = digestOf(bytes);
  return ops.Definition.create({
    def: [bytes, terminalBytes(digest, 0)],
    metadata: new Map([
      [digest, { description: new Map([['llb.customname', `[internal] load ${url}`]]) }],
    ]),
  });
}
