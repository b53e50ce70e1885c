/**
 * SSH agents as a build sees them: it may list keys and sign with them, nothing else. Adding,
 * removing, locking and extensions are refused, as BuildKit's own client refuses them.
 */
import { connect, type Socket } from 'node:net';
import type { SshKey } from './private-key';
import { SshFormatError, SshReader, sshStrings, sshUint32 } from './ssh-wire';

/** Numbers of the agent protocol's messages. */
const Message = {
  failure: 5,
  requestIdentities: 11,
  identitiesAnswer: 12,
  signRequest: 13,
  signResponse: 14,
} as const;

/** OpenSSH's agent refuses longer ones as well. */
const longestMessage = 256 * 1024;

/** Answers one message (without its length). */
export type Agent = {
  answer(request: Buffer): Promise<Buffer>;
  close(): void;
};

const refusal = Buffer.of(Message.failure);

/** An agent that holds keys of its own. */
export function keyAgent(keys: readonly SshKey[]): Agent {
  const answer = (request: Buffer): Buffer => {
    switch (request[0] ?? Message.failure) {
      case Message.requestIdentities:
        return Buffer.concat([
          Buffer.of(Message.identitiesAnswer),
          sshUint32(keys.length),
          ...keys.map(({ blob, comment }) => sshStrings(blob, comment)),
        ]);
      case Message.signRequest: {
        const reader = new SshReader(request.subarray(1));
        const [blob, data, flags] = [reader.string(), reader.string(), reader.uint32()];
        const key = keys.find((one) => one.blob.equals(blob));
        if (key === undefined) return refusal;
        return Buffer.concat([Buffer.of(Message.signResponse), sshStrings(key.sign(data, flags))]);
      }
      default:
        return refusal;
    }
  };
  return {
    answer: (request) => {
      try {
        return Promise.resolve(answer(request));
      } catch (error) {
        if (error instanceof SshFormatError) return Promise.resolve(refusal);
        throw error;
      }
    },
    close: () => undefined,
  };
}

/** Passes what is allowed to a running agent. @throws the system's error when it cannot be reached */
export async function socketAgent(path: string): Promise<Agent> {
  const socket = await connected(path);
  const answers = messagesOf(socket)[Symbol.asyncIterator]();
  return {
    answer: async (request) => {
      const kind = request[0];
      if (kind !== Message.requestIdentities && kind !== Message.signRequest) return refusal;
      socket.write(frame(request));
      const answer = await answers.next();
      return answer.done === true ? refusal : answer.value;
    },
    close: () => socket.destroy(),
  };
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      // Whoever waits for an answer sees the end of the messages.
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
  });
}

/** A message with its length in front. */
export function frame(message: Uint8Array): Buffer {
  return sshStrings(message);
}

/** Cuts a byte stream into messages. @throws SshFormatError on one that is too long */
export async function* messagesOf(chunks: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (!(chunk instanceof Uint8Array)) throw new SshFormatError('the stream must carry bytes');
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4) {
      const length = held.readUInt32BE(0);
      if (length > longestMessage) throw new SshFormatError(`a message of ${length} bytes`);
      if (held.length < 4 + length) break;
      yield held.subarray(4, 4 + length);
      held = held.subarray(4 + length);
    }
  }
}
