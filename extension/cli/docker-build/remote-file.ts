/** `-f https://…`: the Dockerfile, downloaded by the builder into a folder of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downloadDockerfile } from '../../engine/job/download-dockerfile';
import { withBuilder } from '../with-builder';
import type { BuildFlags } from './build-flags';
import type { StandardInput } from './standard-input';

/**
 * @throws BuildFailure, BuildkitError when it cannot be had
 * @throws ConnectError when there is no BuildKit
 */
export async function remoteFile(
  url: string,
  { builder }: Pick<BuildFlags, 'builder'>,
  signal: AbortSignal,
): Promise<StandardInput> {
  const bytes = await withBuilder(builder, signal, (connection) =>
    downloadDockerfile(url, connection, signal),
  );
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-file-'));
  const file = join(folder, 'Dockerfile');
  writeFileSync(file, bytes);
  return { file, called: url, clean: () => rmSync(folder, { recursive: true, force: true }) };
}
