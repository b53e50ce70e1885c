/** The messages of gRPC calls among the bytes that a client wrote to a plain HTTP/2 connection. */

/** The connection preface of RFC 9113, 3.4. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const dataFrame = 0;
const padded = 0x08;

/** Whole messages only; none for what is no HTTP/2. Compressed ones are not told apart. */
export function grpcMessages(written: Buffer): Buffer[] {
  if (!written.subarray(0, preface.length).equals(preface)) return [];
  const streams = new Map<number, Buffer[]>();
  for (let at = preface.length; at + 9 <= written.length;) {
    const length = written.readUIntBE(at, 3);
    const [type, flags] = [written[at + 3], written.readUInt8(at + 4)];
    const stream = written.readUInt32BE(at + 5);
    let body = written.subarray(at + 9, at + 9 + length);
    if ((flags & padded) !== 0) body = body.subarray(1, length - body.readUInt8(0));
    if (type === dataFrame) streams.set(stream, [...(streams.get(stream) ?? []), body]);
    at += 9 + length;
  }
  return [...streams.values()].flatMap((bodies) => messages(Buffer.concat(bodies)));
}

/** Each has a byte and its length in front of it. */
function messages(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) break;
    found.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return found;
}
