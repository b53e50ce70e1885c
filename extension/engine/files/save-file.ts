/** Writes a file of a build's result to this machine. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Gateway } from '../../../proto/client/gateway';
import { GoMode, has, unixPermissions } from '../../../proto/client/fsutil/go-mode';
import { BuildFailure } from '../input/build-input';

/** Old daemons refuse larger answers. Bytes. */
const largestPiece = 3 * 1024 * 1024;

/** @throws BuildFailure for a folder; BuildkitError; the file system's errors on `target` */
export async function saveFile(
  gateway: Gateway,
  ref: string,
  path: string,
  target: string,
): Promise<void> {
  const stat = await gateway.statFile({ ref, path });
  if (has(stat.mode, GoMode.dir)) throw new BuildFailure(`${path} is a folder; save its files.`);
  const pieces = async function* () {
    for (let offset = 0n; offset < stat.size;) {
      const range = { offset, length: BigInt(largestPiece) };
      const piece = await gateway.readFile({ ref, filePath: path, range });
      if (piece.length === 0) return;
      yield piece;
      offset += BigInt(piece.length);
    }
  };
  await pipeline(pieces, createWriteStream(target, { mode: unixPermissions(stat.mode) & 0o777 }));
}
