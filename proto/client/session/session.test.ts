/** The session's services as a daemon sees them: over HTTP/2, on a real socket. */
import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {
  connect,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { createServer, connect as connectSocket, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as auth from '../../generated/auth';
import { BytesMessage, FileSendService, FileSyncService } from '../../generated/filesync';
import { Packet, PacketType } from '../../generated/fsutil';
import * as content from '../../generated/content';
import * as health from '../../generated/health';
import * as secrets from '../../generated/secrets';
import * as ssh from '../../generated/sshforward';
import * as upload from '../../generated/upload';
import { makeTree } from '../fsutil/test-tree';
import { serveGrpc } from '../grpc/grpc-server';
import { MessageReader } from '../grpc/message-reader';
import type { SessionEvent, WorkerOptions } from './options';
import { sessionHandlers } from './services';
import { newSessionId } from './session-id';

const folder = mkdtempSync(join(tmpdir(), 'llb-lens-session-'));
const context = makeTree({ 'a, b.txt': 'comma', ü: 'umlaut', other: '', 'private/key': '' });
const secretFile = join(folder, 'secret');
writeFileSync(secretFile, 'from a file');

const base: WorkerOptions = {
  address: { kind: 'unix', path: '/nowhere' },
  id: newSessionId(),
  sharedKey: '',
  directories: { context },
  secrets: [
    { id: 'file', file: secretFile },
    { id: 'value', value: 'from the environment' },
    { id: 'gone', file: join(folder, 'missing') },
  ],
  outputs: [{ kind: 'file', path: join(folder, 'out.tar') }, null],
  ssh: [],
  stores: {},
  uploads: {},
  trusted: false,
  env: { HOME: folder },
};

let server: Server;
let daemon: ClientHttp2Session;
let events: SessionEvent[];
let options: WorkerOptions;

beforeEach(async () => {
  events = [];
  options = base;
  const path = join(folder, `${newSessionId()}.sock`);
  server = createServer((socket) => {
    serveGrpc(socket, {
      handlers: sessionHandlers(options, (event) => events.push(event)),
      onFailure: () => undefined,
      onClose: () => undefined,
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  daemon = connect('http://session', {
    createConnection: () => connectSocket(path),
    maxSendHeaderBlockLength: 1024 * 1024,
  });
});
afterEach(() => {
  daemon.destroy();
  server.close();
});

type Answer = {
  readonly status: number;
  readonly message: string;
  readonly messages: Uint8Array[];
};

function frame(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** One call; `answer` may send more for every message that comes. */
async function call(
  path: string,
  requests: readonly Uint8Array[],
  headers: OutgoingHttpHeaders = {},
  answer?: (message: Uint8Array) => Uint8Array | 'end' | undefined,
): Promise<Answer> {
  const stream = daemon.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  let trailers: IncomingHttpHeaders = {};
  stream.on('trailers', (received: IncomingHttpHeaders) => {
    trailers = received;
  });
  for (const request of requests) stream.write(frame(request));
  if (answer === undefined) stream.end();
  const messages: Uint8Array[] = [];
  for await (const message of new MessageReader(stream).messages()) {
    messages.push(message);
    const more = answer?.(message);
    if (more === 'end') stream.end();
    else if (more !== undefined) stream.write(frame(more));
  }
  stream.end();
  return {
    status: Number(trailers['grpc-status']),
    message: decodeURIComponent([trailers['grpc-message'] ?? ''].flat().join()),
    messages,
  };
}

describe('what else a session lends', () => {
  const fromText = (text: string) => Buffer.from(text);

  test('the agent of an id, and no other', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(folder, 'key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    options = { ...base, ssh: [{ id: 'mine', keys: [join(folder, 'key')] }] };
    const ask = [ssh.BytesMessage.encode({ data: Buffer.of(0, 0, 0, 1, 11) })];
    const { path } = ssh.SSHService.forwardAgent;
    const listed = await call(path, ask, { 'buildkit.ssh.id': 'mine' });
    expect(listed.status).toBe(0);
    const { data } = ssh.BytesMessage.decode(listed.messages[0] ?? new Uint8Array());
    expect([data[4], Buffer.from(data).includes('ssh-ed25519')]).toEqual([12, true]);
    const unknown = await call(path, ask);
    expect(unknown.status).toBe(5);
    expect(unknown.message).toContain('default');
  });

  test('blobs of the stores it was given, and takes new ones', async () => {
    options = { ...base, stores: { cache: join(folder, 'cache') } };
    const store = { 'buildkit-attachable-store-id': 'cache' };
    const { info, read, write } = content.ContentService;
    const digest = `sha256:${createHash('sha256').update('blob').digest('hex')}`;
    const steps = [
      { action: content.WriteAction.STAT, ref: 'r', total: 4n, expected: digest },
      { action: content.WriteAction.WRITE, ref: 'r', offset: 0n, data: fromText('bl') },
      { action: content.WriteAction.WRITE, ref: 'r', offset: 2n, data: fromText('ob') },
      { action: content.WriteAction.COMMIT, ref: 'r', offset: 4n, total: 4n, expected: digest },
    ].map((step) => content.WriteContentRequest.encode(step));
    const asked = [content.InfoRequest.encode({ digest })];
    expect((await call(info.path, asked, store)).status).toBe(5);
    expect(await call(write.path, steps, store)).toMatchObject({ status: 0 });
    expect((await call(info.path, asked, store)).status).toBe(0);
    const { messages } = await call(
      read.path,
      [content.ReadContentRequest.encode({ digest })],
      store,
    );
    const pieces = messages.map((one) => content.ReadContentResponse.decode(one).data);
    expect(Buffer.concat(pieces).toString()).toBe('blob');
    expect((await call(write.path, steps, store)).status).toBe(6);
    const other = { 'buildkit-attachable-store-id': '../cache' };
    expect((await call(info.path, asked, other)).status).toBe(5);
  });

  test('an upload, once', async () => {
    const path = join(folder, 'upload');
    writeFileSync(path, 'headrest');
    const descriptor = openSync(path, 'r');
    readSync(descriptor, Buffer.alloc(4));
    options = { ...base, uploads: { id: { head: fromText('head'), descriptor } } };
    const pull = () => call(upload.UploadService.pull.path, [], { urlpath: '/id' });
    const { messages } = await pull();
    const data = messages.map((one) => upload.BytesMessage.decode(one).data);
    expect(Buffer.concat(data).toString()).toBe('headrest');
    expect((await pull()).status).toBe(2);
    closeSync(descriptor);
  });

  test('a signature that shows whose session it is, the same for the same login', async () => {
    const config = mkdtempSync(join(folder, 'docker-'));
    const auths = { 'r.example': { auth: fromText('me:secret').toString('base64') } };
    writeFileSync(join(config, 'config.json'), JSON.stringify({ auths }));
    options = { ...base, trusted: true, env: { DOCKER_CONFIG: config } };
    const salt = fromText('salt');
    const payload = fromText('payload');
    const authority = async () => {
      const request = auth.GetTokenAuthorityRequest.encode({ host: 'r.example', salt });
      const answer = await call(auth.AuthService.getTokenAuthority.path, [request]);
      return auth.GetTokenAuthorityResponse.decode(answer.messages[0] ?? new Uint8Array());
    };
    const { publicKey } = await authority();
    expect((await authority()).publicKey).toEqual(publicKey);
    const request = auth.VerifyTokenAuthorityRequest.encode({ host: 'r.example', salt, payload });
    const answer = await call(auth.AuthService.verifyTokenAuthority.path, [request]);
    const { signed } = auth.VerifyTokenAuthorityResponse.decode(answer.messages[0] ?? payload);
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') },
      format: 'jwk',
    });
    expect(verify(null, payload, key, signed.subarray(0, 64))).toBe(true);
    expect(Buffer.from(signed.subarray(64)).toString()).toBe('payload');
  });
});

describe('a session', () => {
  test('is healthy', async () => {
    const answer = await call(health.HealthService.check.path, [new Uint8Array()]);
    expect(answer.status).toBe(0);
    expect(health.HealthCheckResponse.decode(answer.messages[0] ?? new Uint8Array()).status).toBe(
      health.ServingStatus.SERVING,
    );
  });

  test.each([
    ['file', 0, 'from a file'],
    ['value', 0, 'from the environment'],
    ['unknown', 5, undefined],
    ['gone', 5, undefined],
  ])('answers for the secret %j with status %d', async (id, status, text) => {
    const answer = await call(secrets.SecretsService.getSecret.path, [
      secrets.GetSecretRequest.encode({ id }),
    ]);
    expect(answer.status).toBe(status);
    if (text === undefined) expect(answer.messages).toEqual([]);
    else {
      const [message = new Uint8Array()] = answer.messages;
      expect(new TextDecoder().decode(secrets.GetSecretResponse.decode(message).data)).toBe(text);
    }
  });

  test('does not know methods it does not serve', async () => {
    expect(await call('/moby.upload.v1.Upload/Pull', [])).toMatchObject({ status: 12 });
  });

  test('survives a message that is no message', async () => {
    const bad = await call(secrets.SecretsService.getSecret.path, [new Uint8Array([0xff])]);
    expect(bad.status).toBe(2);
    expect((await call(health.HealthService.check.path, [new Uint8Array()])).status).toBe(0);
  });
});

describe('files', () => {
  /** The paths sent for these headers. */
  async function sent(headers: OutgoingHttpHeaders): Promise<Answer & { paths: string[] }> {
    const fin = Packet.encode({ type: PacketType.PACKET_FIN });
    const answer = await call(FileSyncService.diffCopy.path, [], headers, (message) => {
      const packet = Packet.decode(message);
      if (packet.type === PacketType.PACKET_FIN) return 'end';
      return packet.type === PacketType.PACKET_STAT && packet.stat === undefined ? fin : undefined;
    });
    const paths = answer.messages.map((message) => Packet.decode(message).stat?.path ?? '');
    return { ...answer, paths: paths.filter((path) => path !== '') };
  }

  test('are chosen by repeated headers, commas and all', async () => {
    const { paths, status } = await sent({
      'dir-name': 'context',
      followpaths: ['a, b.txt', 'other'],
    });
    expect(status).toBe(0);
    expect(paths).toEqual(['a, b.txt', 'other']);
  });

  test('are chosen by a header for each line of a long .dockerignore', async () => {
    const lines = Array.from({ length: 900 }, (_, index) => `folder-${index}/${'x'.repeat(80)}`);
    const { paths, status } = await sent({
      'dir-name': 'context',
      'exclude-patterns': [...lines, 'private', 'other'],
    });
    expect(status).toBe(0);
    expect(paths).toEqual(['a, b.txt', 'ü']);
  });

  test('are chosen by names outside ASCII, which come encoded', async () => {
    const { paths } = await sent({
      'dir-name': 'context',
      'include-patterns': '%C3%BC',
      'include-patterns-encoded': '1',
    });
    expect(paths).toEqual(['ü']);
  });

  test.each([['/'], ['..'], [context], ['dockerfile'], ['__proto__'], ['constructor'], ['']])(
    'of the directory %j are refused',
    async (name) => {
      const { status, message, messages } = await sent({ 'dir-name': name });
      expect(status).toBe(5);
      expect(message).toContain('no access allowed');
      expect(messages).toEqual([]);
    },
  );

  test('stream while the session answers that it is healthy', async () => {
    const large = makeTree({ large: '' });
    truncateSync(join(large, 'large'), 50_000_000);
    options = { ...base, directories: { context: large } };
    let received = 0;
    let answeredAt: number | undefined;
    const transfer = await call(
      FileSyncService.diffCopy.path,
      [],
      { 'dir-name': 'context' },
      (message) => {
        const packet = Packet.decode(message);
        if (packet.type === PacketType.PACKET_FIN) return 'end';
        if (packet.type === PacketType.PACKET_STAT) {
          if (packet.stat !== undefined) return undefined;
          void call(health.HealthService.check.path, [new Uint8Array()]).then(({ status }) => {
            if (status === 0) answeredAt = received;
          });
          return Packet.encode({ type: PacketType.PACKET_REQ, id: 0 });
        }
        received += packet.data.length;
        if (packet.data.length > 0) return undefined;
        return Packet.encode({ type: PacketType.PACKET_FIN });
      },
    );
    expect([transfer.status, received]).toEqual([0, 50_000_000]);
    expect(answeredAt).toBeLessThan(received / 2);
  });

  test('are written by an exporter that has a destination, whole or not at all', async () => {
    const answer = await call(
      FileSendService.diffCopy.path,
      ['ar', 'chive'].map((text) => BytesMessage.encode({ data: Buffer.from(text) })),
    );
    expect(answer.status).toBe(0);
    expect(readFileSync(join(folder, 'out.tar'), 'utf8')).toBe('archive');
    expect(events).toMatchObject([{ type: 'transfer', direction: 'received', bytes: 7 }]);
  });

  test.each([['1'], ['7'], ['x'], ['-1'], ['length']])('of exporter %j are refused', async (id) => {
    const answer = await call(FileSendService.diffCopy.path, [], {
      'buildkit-attachable-exporter-id': id,
    });
    expect(answer.status).toBe(5);
  });
});

describe('registry credentials', () => {
  async function credentials(host: string): Promise<[string, string] | string> {
    const answer = await call(auth.AuthService.credentials.path, [
      auth.CredentialsRequest.encode({ host }),
    ]);
    if (answer.status !== 0) return answer.message;
    const { username, secret } = auth.CredentialsResponse.decode(
      answer.messages[0] ?? new Uint8Array(),
    );
    return [username, secret];
  }

  function configure(config: object, trusted: boolean): void {
    const home = mkdtempSync(join(tmpdir(), 'llb-lens-docker-'));
    writeFileSync(join(home, 'config.json'), JSON.stringify(config));
    options = { ...base, trusted, env: { DOCKER_CONFIG: home, PATH: `${folder}:/usr/bin:/bin` } };
  }

  const helper = join(folder, 'docker-credential-test');
  writeFileSync(
    helper,
    `#!/bin/sh
read -r host
case "$host" in
  nobody) echo "credentials not found in native keychain"; exit 1;;
  broken) echo "the keychain is locked"; exit 1;;
esac
touch '${join(folder, 'helper-ran')}'
echo "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"for $host\\"}"
`,
  );
  chmodSync(helper, 0o755);

  const login = Buffer.from('me:pass:word').toString('base64');
  test.each([
    ['a login', { auths: { 'reg:5000': { auth: login } } }, 'reg:5000', ['me', 'pass:word']],
    [
      'a login by URL',
      { auths: { 'https://reg:5000/v1/': { auth: login } } },
      'reg:5000',
      ['me', 'pass:word'],
    ],
    [
      "Docker's own registry",
      { auths: { 'https://index.docker.io/v1/': { auth: login } } },
      'registry-1.docker.io',
      ['me', 'pass:word'],
    ],
    ['an identity token', { auths: { r: { identitytoken: 't' } } }, 'r', ['', 't']],
    ['another host', { auths: { 'reg:5000': { auth: login } } }, 'reg', ['', '']],
    ['no login', {}, 'reg', ['', '']],
    ['a helper', { credHelpers: { reg: 'test' } }, 'reg', ['', 'for reg']],
    ['a store that knows nothing', { credsStore: 'test' }, 'nobody', ['', '']],
    [
      'a store that fails',
      { credsStore: 'test' },
      'broken',
      'docker-credential-test failed: the keychain is locked',
    ],
    [
      'a helper by path',
      { credsStore: '../../bin/x' },
      'reg',
      '"../../bin/x" is no credential helper',
    ],
  ])('come from %s', async (_, config, host, expected) => {
    configure(config, true);
    expect(await credentials(host)).toEqual(expected);
  });

  test('are anonymous in a workspace that is not trusted, and no helper runs', async () => {
    configure({ credsStore: 'nothing-that-exists', auths: { reg: { auth: login } } }, false);
    expect(await credentials('reg')).toEqual(['', '']);
  });

  test('make no tokens in a workspace that is not trusted', async () => {
    const answer = await call(auth.AuthService.getTokenAuthority.path, [new Uint8Array()]);
    expect(answer.status).toBe(14);
  });
});

test('session ids are 25 characters of base 36, each its own', () => {
  const ids = new Set(Array.from({ length: 1000 }, newSessionId));
  expect(ids.size).toBe(1000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-z]{25}$/);
});
