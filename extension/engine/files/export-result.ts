/**
 * What a result holds, sent by BuildKit's own exporters: the whole tree in one stream, where asking
 * directory by directory would mount the result once for each. Every BuildKit can do this, whatever
 * its store.
 */
import { randomBytes } from 'node:crypto';
import type { Connection } from '../../../proto/client/connect';
import type { Env } from '../../../proto/client/docker-config';
import { TransferError, type PacketStream } from '../../../proto/client/fsutil/packet-stream';
import { GoMode, has, isRegular } from '../../../proto/client/fsutil/go-mode';
import { collectExport, type Collect } from '../../../proto/client/session/collect';
import { PacketType, type Stat } from '../../../proto/generated/fsutil';
import type { Definition } from '../../../proto/generated/ops';
import { factsOf } from './files';
import { type Listing, ListingBuilder } from './listing';
import { exporterFields, type Exporter } from '../request/exporter-fields';

export type ExportOptions = {
  readonly connection: Connection;
  readonly env: Env;
  /** What is to be exported. Sources that name a session need it to be open still. */
  readonly definition: Definition;
  readonly signal?: AbortSignal | undefined;
};

/** Has a definition exported. @throws ConnectError, BuildkitError, what `collect` throws */
export async function exportResult(
  { connection, env, definition, signal }: ExportOptions,
  exporter: Exporter,
  collect: Collect,
): Promise<void> {
  const session = await collectExport(connection.address, env, collect);
  try {
    await connection.control.solve(
      {
        ref: randomBytes(16).toString('hex'),
        session: session.id,
        definition,
        internal: true,
        ...exporterFields([exporter]),
      },
      signal === undefined ? {} : { signal },
    );
    await session.taken;
  } finally {
    session.close();
  }
}

/** Every file of a result. @throws ConnectError, BuildkitError */
export async function listResult(options: ExportOptions): Promise<Listing> {
  const listing = new ListingBuilder();
  await exportFiles(options, {
    entry: (stat) => {
      const isLink = isRegular(stat.mode) && stat.linkname !== '';
      listing.add(stat.path, factsOf(stat), isLink ? stat.linkname : undefined);
    },
    data: () => undefined,
    wanted: () => [],
    isDone: () => true,
  });
  return listing.finish();
}

/** Who takes a walk of a result, and the contents of some files. */
export type FileTaker = {
  /** Each entry in walking order; `id` names it in the other calls. */
  readonly entry: (stat: Stat, id: number) => void;
  /** A piece of a file that was asked for; the last one is empty. Waited for. */
  readonly data: (id: number, bytes: Uint8Array) => Promise<void> | void;
  /** Files whose contents are to be sent, each once; asked after everything that came. */
  readonly wanted: () => readonly number[];
  /** Whether everything wanted has come, once all entries have. */
  readonly isDone: () => boolean;
};

/** Walks a result, and reads those of its files that are asked for. @throws as {@link listResult} */
export async function exportFiles(options: ExportOptions, taker: FileTaker): Promise<void> {
  // Without the split the exporter walks everything once more beforehand, to find names that come
  // twice. With it all stands in a folder that is named for the platform.
  const exporter = { type: 'local', attributes: { 'platform-split': 'true' } };
  await exportResult(options, exporter, {
    kind: 'packets',
    take: (stream) => takeFiles(stream, taker),
  });
}

/**
 * A result as one tar archive, which the daemon writes: for all that there is, asking for each file
 * costs twenty times as much. @throws as {@link listResult}
 */
export async function exportArchive(
  options: ExportOptions,
  take: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  await exportResult(
    options,
    { type: 'tar', attributes: {} },
    {
      kind: 'archive',
      take: async (pieces) => {
        for await (const piece of pieces) await take(piece);
      },
    },
  );
}

async function takeFiles(stream: PacketStream, taker: FileTaker): Promise<void> {
  let id = 0;
  let allSeen = false;
  let finished = false;
  const names = new PlatformFolder();
  for await (const { type, stat, id: file, data } of stream.packets) {
    switch (type) {
      case PacketType.PACKET_STAT: {
        if (stat === undefined) allSeen = true;
        else {
          const inside = names.inside(stat);
          if (inside !== undefined) taker.entry(inside, id);
          id++;
        }
        break;
      }
      case PacketType.PACKET_DATA:
        await taker.data(file, data);
        break;
      case PacketType.PACKET_FIN:
        return;
      case PacketType.PACKET_ERR:
        throw new TransferError(new TextDecoder().decode(data));
      default:
        throw new TransferError(`unexpected packet of type ${type}`);
    }
    const wanted = taker.wanted();
    if (wanted.length > 0) {
      await stream.send(wanted.map((one) => ({ type: PacketType.PACKET_REQ, id: one })));
    } else if (allSeen && !finished && taker.isDone()) {
      finished = true;
      await stream.send([{ type: PacketType.PACKET_FIN }]);
    }
  }
  if (!finished) throw new TransferError('the transfer ended early');
}

/** Takes away the folder that stands for the platform, where the daemon has made one. */
class PlatformFolder {
  private prefix: string | undefined;

  /** Undefined for the folder itself. */
  inside(stat: Stat): Stat | undefined {
    if (this.prefix === undefined) {
      const isMadeUp =
        /^[a-z0-9]+_[a-z0-9_.-]+$/.test(stat.path) &&
        has(stat.mode, GoMode.dir) &&
        stat.modTime === 0n;
      this.prefix = isMadeUp ? `${stat.path}/` : '';
      if (isMadeUp) return undefined;
    }
    const { prefix } = this;
    if (prefix === '') return stat;
    const isLink = isRegular(stat.mode) && stat.linkname.startsWith(prefix);
    return {
      ...stat,
      path: stat.path.slice(prefix.length),
      ...(isLink ? { linkname: stat.linkname.slice(prefix.length) } : {}),
    };
  }
}
