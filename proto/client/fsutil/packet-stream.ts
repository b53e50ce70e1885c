/** One end of a stream of fsutil packets, as the session's services have it. */
import type { Packet } from '../../generated/fsutil';
import type { Init } from '../../wire/message';

export type PacketStream = {
  /** Packets from the other end; ends when it says so. */
  readonly packets: AsyncIterable<Packet>;
  /** Sends packets in one go; resolves when there is room for more. */
  send(packets: readonly Init<Packet>[]): Promise<void>;
};

/** The other end reported an error, or broke the protocol. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
}
