/** Secrets of a build, by id; only those the session was given. */
import { readFile } from 'node:fs/promises';
import { RpcStatus } from '../grpc/grpc-server';
import { StatusCode } from '../grpc/status-code';
import type { SecretValue } from './options';

/** BuildKit refuses larger ones. */
const largestSecret = 500 * 1024;

/** @throws RpcStatus `notFound` for an unknown id, which BuildKit takes for an absent secret */
export async function readSecret(
  secrets: readonly SecretValue[],
  id: string,
): Promise<{ data: Uint8Array }> {
  const secret = secrets.find((candidate) => candidate.id === id);
  if (secret === undefined) {
    throw new RpcStatus(StatusCode.notFound, `secret ${id} is not in the build profile`);
  }
  const data = 'file' in secret ? await fileContents(secret) : Buffer.from(secret.value);
  if (data.length > largestSecret) {
    throw new RpcStatus(StatusCode.invalidArgument, `secret ${id} is larger than 500 KiB`);
  }
  return { data };
}

async function fileContents({ id, file }: { id: string; file: string }): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RpcStatus(StatusCode.notFound, `secret ${id} cannot be read: ${why}`);
  }
}
