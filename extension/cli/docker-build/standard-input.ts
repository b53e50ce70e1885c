/**
 * A Dockerfile or a build context on standard input: `-f -`, or `-` in place of the context. Which
 * of the two a `-` is, its first bytes tell.
 */
import { mkdtempSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../../../proto/client/connect-error';
import type { UploadSource } from '../../../proto/client/session/upload-service';
import { newSessionId } from '../../../proto/client/session/session-id';
import { CliError, ExitCode } from '../exit-code';

export type StandardInput = {
  /** What to build in place of `-`. */
  readonly context?: string;
  readonly file?: string;
  /** What the user knows {@link file} by. */
  readonly called?: string;
  readonly uploads?: Readonly<Record<string, UploadSource>>;
  /** Removes what was written for the build. */
  readonly clean: () => void;
};

const descriptor = 0;
/** A tar header, which is the longest beginning that is looked at. */
const headerSize = 512;

/**
 * Reads standard input where the build needs it.
 * @throws CliError (usage) when it would be needed twice
 */
export function standardInput(
  context: string | undefined,
  file: string | undefined,
): StandardInput {
  if (context === '-') {
    if (file === '-') throw usage('standard input cannot be both the context and the Dockerfile');
    const head = readUpTo(headerSize);
    if (isArchive(head)) {
      const id = newSessionId();
      return {
        context: `http://buildkit-session/${id}`,
        uploads: { [id]: { head, descriptor } },
        clean: () => undefined,
      };
    }
    if (file !== undefined) {
      throw usage('the Dockerfile is on standard input and in --file; leave one of them out');
    }
    const folder = newFolder();
    const empty = newFolder();
    const path = writeDockerfile(folder, Buffer.concat([head, readAll()]));
    return {
      context: empty,
      file: path,
      called: 'stdin',
      clean: () => [folder, empty].forEach(remove),
    };
  }
  if (file !== '-') return { clean: () => undefined };
  const folder = newFolder();
  return { file: writeDockerfile(folder, readAll()), called: 'stdin', clean: () => remove(folder) };
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'llb-lens-stdin-'));
const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });

function writeDockerfile(folder: string, text: Uint8Array): string {
  const path = join(folder, 'Dockerfile');
  writeFileSync(path, text);
  return path;
}

function readAll(): Buffer {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = readUpTo(64 * 1024);
    if (piece.length === 0) return Buffer.concat(pieces);
    pieces.push(piece);
  }
}

/** As many bytes as there are, up to `size`. */
function readUpTo(size: number): Buffer {
  const buffer = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const count = readSome(buffer, length);
    if (count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

function readSome(buffer: Buffer, at: number): number {
  for (;;) {
    try {
      return readSync(descriptor, buffer, at, buffer.length - at, null);
    } catch (error) {
      // A pipe or a terminal may be set not to wait; end of input is an error on Windows.
      if (errorCode(error) === 'EOF') return 0;
      if (errorCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

const compressed = [
  Buffer.from('BZh'),
  Buffer.from([0x1f, 0x8b, 0x08]),
  Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
];

/** Packed data, or a tar header whose checksum is right. */
export function isArchive(head: Buffer): boolean {
  if (compressed.some((magic) => head.subarray(0, magic.length).equals(magic))) return true;
  if (head.length < headerSize) return false;
  const said = Number.parseInt(head.toString('latin1', 148, 156).replaceAll('\0', ' '), 8);
  // The checksum's own place counts as blanks.
  const sum = head
    .subarray(0, headerSize)
    .reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return said === sum;
}

function usage(message: string): CliError {
  return new CliError(ExitCode.usage, message);
}
