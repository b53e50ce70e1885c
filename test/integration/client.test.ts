/** The client against real BuildKits: ways to connect, sessions, builds, errors. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAddress } from '../../proto/client/address';
import { BuildkitError, buildkitErrorOf } from '../../proto/client/buildkit-error';
import { connect, type Connection } from '../../proto/client/connect';
import { startSession, type Session, type SessionOptions } from '../../proto/client/session/start';
import { newSessionId } from '../../proto/client/session/session-id';
import type { SessionEvent } from '../../proto/client/session/options';
import type { StatusResponse } from '../../proto/generated/control';
import { definitionFromPb } from '../../proto/model/unmarshal';
import { buildkits, environmentFor, type BuildkitDescription } from '../env/context';
import { startRelay } from './relay';

const folders: string[] = [];
function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'llb-lens-client-'));
  folders.push(path);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}
afterAll(() => {
  for (const path of folders) rmSync(path, { recursive: true, force: true });
});

/** The addresses under which the client can reach one BuildKit. */
function addresses({ kind, address, buildkitHost }: BuildkitDescription): string[] {
  const own = kind === 'docker' ? `docker+${address}` : address;
  return [own, ...(buildkitHost === undefined || buildkitHost === own ? [] : [buildkitHost])];
}

type Outcome = {
  readonly error?: BuildkitError;
  readonly statuses: readonly StatusResponse[];
  readonly log: string;
  readonly events: readonly SessionEvent[];
};

type BuildOptions = Omit<SessionOptions, 'address'> & {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly exporters?: readonly { type: string; attrs?: ReadonlyMap<string, string> }[];
};

/** A plain `Control.Solve` of the Dockerfile in `context`. */
async function build(
  connection: Connection,
  context: string,
  options: BuildOptions = {},
): Promise<Outcome> {
  const { attributes = {}, exporters = [], ...sessionOptions } = options;
  const events: SessionEvent[] = [];
  const session = await startSession({
    address: connection.address,
    directories: { context, dockerfile: context },
    onEvent: (event) => events.push(event),
    ...sessionOptions,
  });
  try {
    const ref = newSessionId();
    const solved = connection.control
      .solve({
        ref,
        session: session.id,
        frontend: 'dockerfile.v0',
        frontendAttrs: new Map(Object.entries({ filename: 'Dockerfile', ...attributes })),
        exporters,
      })
      .then(() => undefined, buildkitErrorOf);
    const statuses: StatusResponse[] = [];
    for await (const status of connection.control.status(ref)) statuses.push(status);
    const error = await solved;
    const log = statuses
      .flatMap(({ logs }) => logs.map(({ msg }) => Buffer.from(msg).toString()))
      .join('');
    return { statuses, log, events, ...(error && { error }) };
  } finally {
    await session.close();
  }
}

function vertexNames({ statuses }: Outcome): string[] {
  return [...new Set(statuses.flatMap(({ vertexes }) => vertexes.map(({ name }) => name)))];
}

describe.each(buildkits().map((buildkit) => ({ buildkit, name: buildkit.name })))(
  'on $name',
  ({ buildkit }) => {
    describe.each(addresses(buildkit).map((address) => ({ address })))(
      'by $address',
      ({ address }) => {
        let connection: Connection;
        beforeEach(async () => {
          connection = await connect(address);
        });
        afterEach(() => {
          connection.close();
        });

        test('a BuildKit tells of itself', async () => {
          expect(connection.workers[0]?.platforms.length).toBeGreaterThan(0);
          expect((await connection.control.info()).buildkitVersion?.package).toContain('buildkit');
          expect(Array.isArray((await connection.control.diskUsage()).record)).toBe(true);
          for await (const event of connection.control.history({ earlyExit: true })) {
            expect(event.record?.ref).not.toBe('');
            break;
          }
        });

        test('a build gets its files and secrets, and reports its vertices', async () => {
          const context = folder({
            Dockerfile:
              'FROM alpine\nCOPY ["a, b.txt", "ü", "/in/"]\nCOPY --from=alpine /etc/passwd /p\n' +
              `RUN --mount=type=secret,id=s cat /run/secrets/s /in/* && echo ${randomBytes(4).toString('hex')}\n`,
            'a, b.txt': 'comma ',
            ü: 'umlaut ',
            ignored: 'x',
          });
          const outcome = await build(connection, context, {
            secrets: [{ id: 's', env: 'TOKEN' }],
            env: { ...process.env, TOKEN: 'hush ' },
          });
          expect(outcome.error).toBeUndefined();
          expect(outcome.log).toContain('hush comma umlaut ');
          expect(vertexNames(outcome)).toContain('[internal] load build context');
          const contextSent = outcome.events.find(
            (event) => event.type === 'transfer' && event.name === 'context' && event.bytes > 0,
          );
          expect(contextSent).toMatchObject({ bytes: 'comma umlaut '.length });
        });

        test('a missing secret is named', async () => {
          const context = folder({
            Dockerfile: 'FROM alpine\nRUN --mount=type=secret,id=nosuch,required=true true\n',
          });
          expect((await build(connection, context)).error?.message).toContain('nosuch: not found');
        });

        test('a folder comes back from the local exporter', async () => {
          const context = folder({
            Dockerfile:
              'FROM alpine AS made\nRUN mkdir -p /o/sub && echo hi > /o/sub/f && ln -s sub/f /o/l && chmod 750 /o/sub && ln /o/sub/f /o/hard\nFROM scratch\nCOPY --from=made /o /\n',
          });
          const out = join(folder(), 'out');
          const outcome = await build(connection, context, {
            outputs: [{ kind: 'folder', path: out }],
            exporters: [{ type: 'local' }],
          });
          expect(outcome.error).toBeUndefined();
          expect(readdirSync(out).sort()).toEqual(['hard', 'l', 'sub']);
          expect(readFileSync(join(out, 'l'), 'utf8')).toBe('hi\n');
        });

        test('an archive comes back from the tar exporter', async () => {
          const context = folder({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /d\n' });
          const path = join(folder(), 'out.tar');
          const outcome = await build(connection, context, {
            outputs: [{ kind: 'file', path }],
            exporters: [{ type: 'tar' }],
          });
          expect(outcome.error).toBeUndefined();
          expect(execFileSync('tar', ['-tf', path], { encoding: 'utf8' })).toContain('d\n');
        });
      },
    );

    describe('a session', () => {
      const [address = ''] = addresses(buildkit);
      let connection: Connection;
      beforeEach(async () => {
        connection = await connect(address);
      });
      afterEach(() => {
        connection.close();
      });

      test('does not lend what a hostile Dockerfile asks for', async () => {
        const outside = folder({ secret: 'SECRET' });
        const context = folder({
          Dockerfile: 'FROM alpine\nCOPY link /x\nCOPY ../../../../etc/passwd /y\n',
        });
        symlinkSync(join(outside, 'secret'), join(context, 'link'));
        const outcome = await build(connection, context);
        expect(outcome.error?.message).toMatch(/not found/);
      });

      test('refuses directories it was not given', async () => {
        const context = folder({ Dockerfile: 'FROM alpine\nCOPY --from=other / /x\n' });
        const outcome = await build(connection, context, {
          attributes: { 'context:other': 'local:other' },
        });
        // Where BuildKit reads another directory at that moment, it tells the end of that instead.
        expect(outcome.error?.message).toMatch(/no access allowed to dir "other"|context canceled/);
        expect(outcome.events).toContainEqual(
          expect.objectContaining({
            type: 'refused',
            method: '/moby.filesync.v1.FileSync/DiffCopy',
          }),
        );
      });

      test('ends when we end it, also twice', async () => {
        const session = await startSession({ address: parseAddress(address) });
        await session.close();
        expect(await session.closed).toBe('closed');
        await session.close();
      });

      test('tells when the daemon is gone', async () => {
        const own = parseAddress(address);
        if (!('path' in own)) throw new Error('the test BuildKits listen on sockets');
        const relay = await startRelay(own.path);
        const session = await startSession({ address: { kind: own.kind, path: relay.path } });
        relay.cut();
        expect(await session.closed).not.toBe('closed');
        await session.close();
        await expect(connect({ kind: own.kind, path: relay.path })).rejects.toMatchObject({
          problem: 'no-socket',
        });
      });

      test('can be one of two at once on one Dockerfile', async () => {
        const context = folder({
          Dockerfile: `FROM alpine\nCOPY f /\nRUN echo ${randomBytes(4).toString('hex')}\n`,
          f: 'x',
        });
        const outcomes = await Promise.all([
          build(connection, context),
          build(connection, context),
        ]);
        expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined]);
      });

      test('carries a context of 100 MB in large and small files', async () => {
        const big = randomBytes(25 * 1024 * 1024);
        const files: Record<string, Uint8Array> = { 'big/1': big, 'big/2': big, 'big/3': big };
        for (let index = 0; index < 2000; index++) {
          files[`many/${index % 50}/${index}`] = randomBytes(12 * 1024);
        }
        const context = folder({
          ...files,
          Dockerfile: 'FROM alpine\nCOPY . /c\nRUN find /c -type f | wc -l; du -sk /c | cut -f1\n',
        });
        const outcome = await build(connection, context);
        expect(outcome.error).toBeUndefined();
        const [count = '', kilobytes = ''] = outcome.log.trim().split('\n');
        expect(Number(count)).toBe(2004);
        expect(Number(kilobytes)).toBeGreaterThan(100 * 1000);
      });
    });

    describe('the gateway', () => {
      const [address = ''] = addresses(buildkit);
      const context = folder({
        Dockerfile: `FROM alpine\nENV A=b\nWORKDIR /w\nRUN echo left > /w/left && exit 7\n`,
      });
      let connection: Connection;
      let session: Session;
      let job: Promise<unknown>;
      const ref = newSessionId();
      const stop = new AbortController();

      async function open() {
        connection = await connect(address);
        session = await startSession({
          address: connection.address,
          directories: { context, dockerfile: context },
        });
        job = connection.control
          .solve({ ref, session: session.id, internal: true }, { signal: stop.signal })
          .catch((error: unknown) => error);
        return connection.gateway(ref);
      }

      test('gives a failed step as a typed error, and a shell in its own mounts', async () => {
        const gateway = await open();
        try {
          const { caps } = await gateway.ping();
          expect(caps).toContain('gateway.exec');
          const result = await gateway.solve({
            frontend: 'dockerfile.v0',
            frontendOpt: new Map([['filename', 'Dockerfile']]),
          });
          const pb = result.ref?.def;
          if (pb === undefined) throw new Error('the frontend gave no definition');
          const definition = definitionFromPb(pb);
          const failing = definition.ops.find(({ op }) => op.op.kind === 'exec');
          const error = await gateway.evaluate(result.ref?.id ?? '').then(
            () => undefined,
            (reason: unknown) => reason,
          );
          if (!(error instanceof BuildkitError)) throw new Error('the build must fail');
          expect(error.details).toMatchObject({
            vertex: failing?.digest,
            exit: { code: 7 },
            sources: [{ filename: 'Dockerfile', ranges: [{ start: { line: 4 } }] }],
            solve: { op: { op: { kind: 'exec', meta: { cwd: '/w' } } } },
          });
          const [root = ''] = error.details.solve?.mountIds ?? [];
          await gateway.newContainer({
            containerId: 'shell',
            mounts: [{ dest: '/', resultId: root }],
          });
          const shell = gateway.exec({
            containerId: 'shell',
            meta: { args: ['/bin/sh'], cwd: '/w', env: ['A=b', 'PATH=/bin'] },
          });
          await shell.write(Buffer.from('cat left; pwd; echo $A >&2; exit 3\n'));
          shell.closeStdin();
          let [out, err] = ['', ''];
          for await (const { fd, data } of shell.output) {
            if (fd === 1) out += Buffer.from(data).toString();
            else err += Buffer.from(data).toString();
          }
          expect([out, err]).toEqual(['left\n/w\n', 'b\n']);
          expect(await shell.exit).toMatchObject({ code: 3 });
          await gateway.releaseContainer('shell');
        } finally {
          await gateway.return({ result: {} });
          await job;
          await session.close();
          connection.close();
        }
      });
    });
  },
);

describe.skipIf(buildkits().every(({ buildkitHost }) => buildkitHost === undefined))(
  'a remote buildkitd',
  () => {
    const host = buildkits().find(({ buildkitHost }) => buildkitHost !== undefined);
    const certificates = folder();
    const at = (name: string): string => join(certificates, name);
    const openssl = (...args: string[]): void => {
      execFileSync('openssl', args, { stdio: 'ignore' });
    };

    test('is reached over TLS, both sides with certificates, sessions too', async () => {
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
      openssl(
        'req',
        '-x509',
        ...key,
        '-keyout',
        at('ca.key'),
        '-out',
        at('ca.pem'),
        '-subj',
        '/CN=ca',
        '-days',
        '2',
      );
      for (const name of ['server', 'client']) {
        openssl(
          'req',
          ...key,
          '-keyout',
          at(`${name}.key`),
          '-out',
          at(`${name}.csr`),
          '-subj',
          `/CN=${name}`,
          '-addext',
          'subjectAltName=DNS:buildkitd',
        );
        openssl(
          'x509',
          '-req',
          '-in',
          at(`${name}.csr`),
          '-CA',
          at('ca.pem'),
          '-CAkey',
          at('ca.key'),
          '-CAcreateserial',
          '-copy_extensions',
          'copy',
          '-out',
          at(`${name}.pem`),
          '-days',
          '2',
        );
      }
      const server = createServer(
        {
          key: readFileSync(at('server.key')),
          cert: readFileSync(at('server.pem')),
          ca: readFileSync(at('ca.pem')),
          requestCert: true,
          rejectUnauthorized: true,
          ALPNProtocols: ['h2'],
        },
        (near) => {
          const far = connectSocket((host?.buildkitHost ?? '').replace('unix://', ''));
          near.on('error', () => far.destroy());
          far.on('error', () => near.destroy());
          near.pipe(far).pipe(near);
        },
      );
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const bound = server.address();
      const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
      const own = `&cert=${at('client.pem')}&key=${at('client.key')}`;
      const address = `tcp://127.0.0.1:${port}?cacert=${at('ca.pem')}&servername=buildkitd`;
      try {
        const connection = await connect(address + own);
        const outcome = await build(
          connection,
          folder({ Dockerfile: 'FROM alpine\nCOPY Dockerfile /\n' }),
        );
        expect(outcome.error).toBeUndefined();
        connection.close();
        await expect(connect(address)).rejects.toThrow(/No BuildKit/);
        await expect(connect(`tcp://127.0.0.1:${port}?tls=1${own}`)).rejects.toMatchObject({
          problem: 'tls',
        });
      } finally {
        server.close();
      }
    });
  },
);

describe.skipIf(buildkits()[0]?.kind !== 'docker')('docker buildx', () => {
  test('reaches any builder it knows', async () => {
    const [first] = buildkits();
    if (first === undefined) throw new Error('no BuildKit');
    const env = environmentFor(first);
    const connection = await connect('buildx://default', { env });
    try {
      const outcome = await build(
        connection,
        folder({ Dockerfile: 'FROM alpine\nCOPY Dockerfile /\n' }),
        { env },
      );
      expect(outcome.error).toBeUndefined();
    } finally {
      connection.close();
    }
  });
});
