/**
 * Sends a directory: every entry's stat in walking order, then the contents the other end asks for.
 *
 * | packet | meaning |
 * |---|---|
 * | STAT with stat | one entry; its number, counting from 0, is its id |
 * | STAT without | no more entries |
 * | REQ id (received) | send this file |
 * | DATA id | a piece of it; an empty piece ends it |
 * | FIN (received, then sent) | all done |
 */
import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { errorCode } from '../connect-error';
import { PacketType, type Packet } from '../../generated/fsutil';
import type { Init } from '../../wire/message';
import { followPaths } from './follow-paths';
import { isRegular } from './go-mode';
import { type Listing, ListingBuilder } from './listing';
import { TransferError, type PacketStream } from './packet-stream';
import { type Entry, isSameFile, walk, type Filter } from './walk';
import { type PlacedEntry, walkSeveral } from './walk-several';

export type SendOptions = {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly followPaths?: readonly string[];
  /** Directories that lend what the first has not; links are followed in the first only. */
  readonly further?: readonly string[];
  /** See {@link Filter}. */
  readonly stored?: boolean;
  /** Bytes of file contents as they are sent. */
  readonly onProgress?: (bytes: number) => void;
  /** Told at the end what was listed, with the hashes of what was sent. */
  readonly onListed?: (listing: Listing) => void;
};

/** Entries a batch: few enough to answer health checks in between, enough to be quick. */
const statBatch = 128;
/** gRPC servers of old daemons take messages of 4 MiB at most. */
const largestPiece = 512 * 1024;
/**
 * So much of what a transfer sends is hashed for who wants its listing: of small files nearly all,
 * because to open and read one again later costs many times its hash. Bytes.
 */
const hashBudget = { small: 512 * 1024 * 1024, large: 64 * 1024 * 1024 } as const;
/** Bytes. */
const smallFile = 128 * 1024;

/**
 * @param directory a directory; the link it may itself be is followed
 * @throws TransferError, BadPattern or the file system's error, after telling the other end
 */
export async function sendDirectory(
  directory: string,
  stream: PacketStream,
  options: SendOptions = {},
): Promise<void> {
  const root = realpathSync(directory);
  const { onListed } = options;
  const offer: Offer = {
    root,
    files: new Map(),
    elsewhere: new Map(),
    listing: onListed && new ListingBuilder(root, lstatSync(root, { bigint: true }).ctimeNs),
    hashable: { ...hashBudget },
  };
  const stats = sendStats(offer, stream, options);
  const contents = answerRequests(offer, stream, options);
  // The first failure ends both: the caller closes the stream.
  await Promise.all([stats, contents]);
  if (offer.listing !== undefined) onListed?.(offer.listing.finish());
}

/** What was listed, of which the other end may ask for each file once. */
type Offer = {
  readonly root: string;
  readonly files: Map<number, Entry>;
  /** The roots of files that are not in the first one. */
  readonly elsewhere: Map<number, string>;
  readonly listing: ListingBuilder | undefined;
  /** Bytes that may still be hashed. */
  readonly hashable: { small: number; large: number };
};

async function sendStats(
  { root, files, elsewhere, listing }: Offer,
  stream: PacketStream,
  options: SendOptions,
): Promise<void> {
  try {
    let id = 0;
    let batch: Init<Packet>[] = [];
    for (const { root: own, entry } of entriesOf(root, options)) {
      const { stat } = entry;
      if (isRegular(stat.mode)) files.set(id, entry);
      if (own !== root) elsewhere.set(id, own);
      listing?.add(entry);
      id++;
      batch.push({ type: PacketType.PACKET_STAT, stat });
      if (batch.length === statBatch) {
        await stream.send(batch);
        batch = [];
      }
    }
    await stream.send([...batch, { type: PacketType.PACKET_STAT }]);
  } catch (error) {
    const data = new TextEncoder().encode(error instanceof Error ? error.message : String(error));
    await stream.send([{ type: PacketType.PACKET_ERR, data }]);
    throw error;
  }
}

function* entriesOf(root: string, options: SendOptions): Generator<PlacedEntry> {
  const filter = filterOf(root, options);
  const roots = [root, ...(options.further ?? []).map((each) => realpathSync(each))];
  if (roots.length > 1) yield* walkSeveral(roots, filter);
  else for (const entry of walk(root, filter)) yield { root, entry };
}

/** What of a directory is sent: the include patterns with what following links adds. */
export function filterOf(
  root: string,
  { include = [], exclude, followPaths: follow, stored }: SendOptions,
): Filter {
  const filter = { include, exclude, stored };
  if (follow === undefined || follow.length === 0) return filter;
  const followed = followPaths(root, follow);
  // Following led to the root itself: everything is wanted.
  if (followed === undefined) return filter;
  return { ...filter, include: [...include, ...followed] };
}

async function answerRequests(
  offer: Offer,
  stream: PacketStream,
  options: SendOptions,
): Promise<void> {
  for await (const packet of stream.packets) {
    switch (packet.type) {
      case PacketType.PACKET_REQ: {
        const file = offer.files.get(packet.id);
        if (file === undefined) throw new TransferError(`there is no file ${packet.id} to send`);
        // Each file can be had once, as the receiver wants it.
        offer.files.delete(packet.id);
        await sendFile(offer, packet.id, file, stream, options);
        break;
      }
      case PacketType.PACKET_FIN:
        await stream.send([{ type: PacketType.PACKET_FIN }]);
        return;
      case PacketType.PACKET_ERR:
        throw new TransferError(new TextDecoder().decode(packet.data));
      default:
        throw new TransferError(`unexpected packet of type ${packet.type}`);
    }
  }
  throw new TransferError('the transfer ended early');
}

/**
 * A file that is not there any more is sent empty, as BuildKit's own client does. One that may not
 * be read ends the transfer: an empty file in its place would be a build of something else.
 */
async function sendFile(
  offer: Offer,
  id: number,
  file: Entry,
  stream: PacketStream,
  { onProgress }: SendOptions,
): Promise<void> {
  const end = { type: PacketType.PACKET_DATA, id };
  let descriptor: number | undefined;
  try {
    descriptor = open(offer.elsewhere.get(id) ?? offer.root, file);
  } catch (error) {
    const data = new TextEncoder().encode(`${file.stat.path}: permission denied`);
    await stream.send([{ type: PacketType.PACKET_ERR, data }]);
    throw error;
  }
  if (descriptor === undefined) {
    offer.listing?.alter(id);
    await stream.send([end]);
    return;
  }
  try {
    const size = Number(file.stat.size ?? 0n);
    const hash = hashFor(offer, size);
    // A file that fits goes out in one packet, in a buffer of its size.
    const piece = Math.min(size + 1, largestPiece);
    for (;;) {
      const buffer = Buffer.allocUnsafe(piece);
      const length = readSync(descriptor, buffer, 0, piece, null);
      const data = buffer.subarray(0, length);
      hash?.update(data);
      onProgress?.(length);
      const packet = { type: PacketType.PACKET_DATA, id, data };
      if (length < piece) {
        noteSent(offer, id, file, descriptor, hash);
        await stream.send(length === 0 ? [end] : [packet, end]);
        return;
      }
      await stream.send([packet]);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Files beyond the budget are known by their stamps only. */
function hashFor(offer: Offer, size: number): Hash | undefined {
  const kind = size <= smallFile ? 'small' : 'large';
  if (offer.listing === undefined || size > offer.hashable[kind]) return undefined;
  offer.hashable[kind] -= size;
  return createHash('sha256');
}

/** Whoever changed the file while it was read may have changed it before, or behind, what was read. */
function noteSent(
  { listing }: Offer,
  id: number,
  file: Entry,
  descriptor: number,
  hash: Hash | undefined,
): void {
  if (listing === undefined) return;
  const now = fstatSync(descriptor, { bigint: true });
  if (!isSameFile(file, now) || now.ctimeNs !== file.changed) listing.alter(id);
  else if (hash !== undefined) listing.sent(id, hash.digest('hex'));
}

/** Never follow a link, never wait for a pipe's other end; Windows has neither flag. */
const openFlags =
  process.platform === 'win32'
    ? constants.O_RDONLY
    : constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens an offered file, and nothing else: a link that took its place, or the place of a folder
 * above it, since the walk must not lead out of the directory.
 * @throws the system's error when the file may not be read
 */
function open(root: string, file: Entry): number | undefined {
  const full = join(root, file.stat.path);
  let descriptor: number;
  try {
    descriptor = openSync(full, openFlags);
  } catch (error) {
    if (errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM') throw error;
    return undefined;
  }
  try {
    const stats = fstatSync(descriptor, { bigint: true });
    if (stats.isFile() && (isSameFile(file, stats) || isWithin(root, full))) {
      return descriptor;
    }
  } catch {
    // Gone again: as good as never opened.
  }
  closeSync(descriptor);
  return undefined;
}

/** Whether the folder of `path` really lies in `root` (which is a real path). */
function isWithin(root: string, path: string): boolean {
  const folder = realpathSync(dirname(path));
  return folder === root || folder.startsWith(root.endsWith(sep) ? root : root + sep);
}
