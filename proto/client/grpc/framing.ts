/** How gRPC puts messages into a byte stream: `flags (0: not compressed), length, message`. */

/** Bytes before each message: one of flags, four of length. */
export const prefixLength = 5;

/** Messages ready to be written, as one piece. */
export function framed(messages: readonly Uint8Array[]): Buffer {
  const size = messages.reduce((sum, { length }) => sum + prefixLength + length, 0);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const message of messages) {
    bytes[at] = 0;
    bytes.writeUInt32BE(message.length, at + 1);
    bytes.set(message, at + prefixLength);
    at += prefixLength + message.length;
  }
  return bytes;
}
