/**
 * The host key of an SSH server, as `ssh-keyscan` gets it and BuildKit's client library writes it
 * into the ops of git sources.
 *
 * The key comes in the server's answer to the first step of a key exchange, before anything is
 * encrypted, so that no SSH library is needed: version, list of algorithms, our half of the exchange.
 * Nothing proves that the server holds the key; the daemon checks that when it connects.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** In the order of the SSH library of BuildKit; the first that a server has is the one it gives. */
const hostKeyAlgorithms = [
  'rsa-sha2-256-cert-v01@openssh.com',
  'rsa-sha2-512-cert-v01@openssh.com',
  'ecdsa-sha2-nistp256-cert-v01@openssh.com',
  'ecdsa-sha2-nistp384-cert-v01@openssh.com',
  'ecdsa-sha2-nistp521-cert-v01@openssh.com',
  'ssh-ed25519-cert-v01@openssh.com',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-256',
  'rsa-sha2-512',
  'ssh-rsa',
  'ssh-ed25519',
];
const exchanges = ['curve25519-sha256', 'curve25519-sha256@libssh.org'];
const ciphers = ['aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes128-ctr'];
const checksums = ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-256'];
const none = ['none'];

/** Numbers of messages in RFC 4253 and RFC 8731. */
const message = { algorithms: 20, exchange: 30, reply: 31 } as const;

/** Longer messages are none that a server sends before encryption. */
const longest = 256 * 1024;

/** Milliseconds until a server that says nothing counts as one without a key. */
const patience = 10_000;

/**
 * The server's key as a line of `known_hosts`.
 * @param host with a port where it is not 22; IPv6 addresses then stand in brackets
 * @returns undefined when the server is out of reach or is none of SSH
 */
export async function sshHostKey(host: string, signal?: AbortSignal): Promise<string | undefined> {
  const { name, port } = address(host);
  const socket = connect({ host: name, port, ...(signal && { signal }) });
  socket.setTimeout(patience, () => socket.destroy(new Error(`${host} does not answer`)));
  try {
    const key = await scan(socket);
    const server = port === 22 ? name : `[${name}]:${port}`;
    return `${server} ${textAt(key, 0)} ${key.toString('base64')}`;
  } catch {
    // BuildKit goes on without the key of a server that gives none.
    return undefined;
  } finally {
    socket.destroy();
  }
}

function address(host: string): { readonly name: string; readonly port: number } {
  const [, bracketed, plain, port = '22'] = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(host) ?? [];
  const name = bracketed ?? plain;
  return name === undefined ? { name: host, port: 22 } : { name, port: Number(port) };
}

/** Rejects when the connection ends before the key has come. */
async function scan(socket: Socket): Promise<Buffer> {
  socket.write('SSH-2.0-Go\r\n');
  let received = Buffer.alloc(0);
  let greeted = false;
  for await (const part of chunks(socket)) {
    received = Buffer.concat([received, part]);
    if (!greeted) {
      const end = greetingEnd(received);
      if (end === undefined) continue;
      greeted = true;
      received = received.subarray(end);
    }
    for (let next = packet(received); next !== undefined; next = packet(received)) {
      received = received.subarray(next.end);
      const [kind] = next.payload;
      if (kind === message.algorithms) socket.write(Buffer.concat([algorithms(), exchange()]));
      if (kind === message.reply) return stringAt(next.payload, 1);
    }
  }
  throw new Error('the server has hung up');
}

async function* chunks(socket: Socket): AsyncGenerator<Buffer> {
  for await (const chunk of socket) if (Buffer.isBuffer(chunk)) yield chunk;
}

/** After the line with the version; other lines may stand before it. */
function greetingEnd(received: Buffer): number | undefined {
  const start = received.indexOf('SSH-');
  const end = start < 0 ? -1 : received.indexOf('\n', start);
  if (end >= 0) return end + 1;
  if (received.length > longest) throw new Error('no SSH server');
  return undefined;
}

/** Of a packet without encryption: its length, the padding's length, the payload, the padding. */
function packet(received: Buffer): { readonly payload: Buffer; readonly end: number } | undefined {
  if (received.length < 5) return undefined;
  const length = received.readUInt32BE(0);
  if (length > longest) throw new Error('no SSH server');
  const end = 4 + length;
  if (received.length < end) return undefined;
  return { payload: received.subarray(5, end - received.readUInt8(4)), end };
}

function framed(payload: Buffer): Buffer {
  // At least 4 bytes, and the whole a multiple of 8.
  const padding = 4 + ((8 - ((9 + payload.length) % 8)) % 8);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + payload.length + padding, 0);
  head.writeUInt8(padding, 4);
  return Buffer.concat([head, payload, Buffer.alloc(padding)]);
}

/** What we could speak: exchanges, keys, then ciphers, checksums, compression and languages twice. */
function algorithms(): Buffer {
  const both = [ciphers, checksums, none, []].flatMap((list) => [list, list]);
  const lists = [exchanges, hostKeyAlgorithms, ...both].map((list) =>
    stringOf(Buffer.from(list.join(','))),
  );
  const cookie = randomBytes(16);
  return framed(
    Buffer.concat([Buffer.from([message.algorithms]), cookie, ...lists, Buffer.alloc(5)]),
  );
}

/** A public key whose other half is forgotten: nothing will be encrypted. */
function exchange(): Buffer {
  const { publicKey } = generateKeyPairSync('x25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.from(x, 'base64url');
  return framed(Buffer.concat([Buffer.from([message.exchange]), stringOf(point)]));
}

function stringOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function stringAt(bytes: Buffer, at: number): Buffer {
  return bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at));
}

function textAt(bytes: Buffer, at: number): string {
  return stringAt(bytes, at).toString('latin1');
}
