/** Our agent against OpenSSH's own tools: the keys ssh-keygen writes, asked for by ssh-add. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { frame, keyAgent, messagesOf, socketAgent, type Agent } from './agent';
import { KeyError, readPrivateKey } from './private-key';

const folder = mkdtempSync(join(tmpdir(), 'llb-lens-ssh-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function makeKey(name: string, ...args: readonly string[]): string {
  const path = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', `comment of ${name}`, '-f', path, ...args]);
  return path;
}

const kinds: [string, string[]][] = [
  ['ed25519', ['-t', 'ed25519']],
  ['rsa', ['-t', 'rsa', '-b', '2048']],
  ['rsa-pem', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
  ['p256', ['-t', 'ecdsa', '-b', '256']],
  ['p384', ['-t', 'ecdsa', '-b', '384']],
  ['p521-pkcs8', ['-t', 'ecdsa', '-b', '521', '-m', 'PKCS8']],
];

/** The agent on a socket, as BuildKit puts it into a container. */
async function listening(name: string, open: () => Promise<Agent>) {
  const path = join(folder, `${name}.sock`);
  const server = createServer((socket) => {
    void open().then(async (agent) => {
      for await (const request of messagesOf(socket)) {
        socket.write(frame(await agent.answer(request)));
      }
      agent.close();
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const run = (...args: readonly string[]) =>
    promisify(execFile)('ssh-add', args, { env: { ...process.env, SSH_AUTH_SOCK: path } });
  return { run, path, close: () => server.close() };
}

/** `ssh-keygen` without arguments would make a key: this one only asks for one that is not there. */
const absent = ['ssh-keygen', 'ssh-add'].filter(
  (program) => spawnSync(program, ['-l', '-f', join(folder, 'none')]).error !== undefined,
);
if (absent.length > 0) console.warn(`SSH keys are not tested: there is no ${absent.join(', no ')}`);

describe.skipIf(absent.length > 0)('keys from files', () => {
  test.each(kinds)('%s: is listed and signs as OpenSSH verifies', async (name, args) => {
    const path = makeKey(name, ...args);
    const key = readPrivateKey(readFileSync(path, 'utf8'), name);
    const agent = await listening(name, () => Promise.resolve(keyAgent([key])));
    try {
      const publicKey = readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
      expect((await agent.run('-L')).stdout).toContain(publicKey);
      // -T asks the agent for a signature and verifies it with the public key.
      await agent.run('-T', `${path}.pub`);
    } finally {
      agent.close();
    }
  });

  test('with a passphrase are refused with a remedy', () => {
    const path = join(folder, 'locked');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret', '-f', path]);
    expect(() => readPrivateKey(readFileSync(path, 'utf8'), '')).toThrow(/passphrase.*ssh-add/);
  });

  test.each(['', 'nonsense', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n'])(
    'that are none are refused: %j',
    (text) => {
      expect(() => readPrivateKey(text, '')).toThrow(KeyError);
    },
  );
});

test.skipIf(absent.length > 0)(
  'a build may not add or remove keys, neither ours nor those of a running agent',
  async () => {
    const path = makeKey('guarded', '-t', 'ed25519');
    const key = readPrivateKey(readFileSync(path, 'utf8'), 'guarded');
    const own = await listening('own', () => Promise.resolve(keyAgent([key])));
    const forwarded = await listening('forwarded', () => socketAgent(own.path));
    const other = makeKey('other', '-t', 'ed25519');
    try {
      for (const agent of [own, forwarded]) {
        await expect(agent.run(other)).rejects.toThrow(/refused|agent/);
        await expect(agent.run('-D')).rejects.toThrow(/refused|agent|Failed/);
        expect((await agent.run('-l')).stdout).toContain('guarded');
        await agent.run('-T', `${path}.pub`);
      }
    } finally {
      own.close();
      forwarded.close();
    }
  },
);

test('an agent that goes away is a refusal, not a hang', async () => {
  const path = join(folder, 'gone.sock');
  const server = createServer((socket) => socket.on('data', () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const agent = await socketAgent(path);
  expect((await agent.answer(Buffer.of(11)))[0]).toBe(5);
  agent.close();
  server.close();
});
