import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { isRecord } from '../profile/decode';
import type { ShellProcess } from './shell';
import { encodeFrame, encodeSize, FrameReader, frameTypes, type LinkFrame } from './terminal-link';
import { offerTerminal, type OpenShell, type TerminalOffer } from './terminal-server';

/** A process that answers each input with its upper case, and ends with code 42 on `q`. */
function upperCase(log: string[]): OpenShell {
  return ({ rows, columns }) => {
    log.push(`open ${rows}x${columns}`);
    const pieces: Uint8Array[] = [];
    let wake: () => void = () => undefined;
    let ended = false;
    let settle: (exit: { code: number }) => void = () => undefined;
    const exit = new Promise<{ code: number }>((resolve) => {
      settle = resolve;
    });
    const end = (code: number) => {
      ended = true;
      settle({ code });
      wake();
    };
    async function* output() {
      for (;;) {
        const data = pieces.shift();
        if (data !== undefined) yield { fd: 1, data };
        else if (ended) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    }
    const shell: ShellProcess = {
      output: output(),
      exit,
      write: (data) => {
        const typed = Buffer.from(data).toString();
        pieces.push(Buffer.from(typed.toUpperCase()));
        if (typed.includes('q')) end(42);
        wake();
      },
      closeStdin: () => undefined,
      resize: (newRows, newColumns) => log.push(`resize ${newRows}x${newColumns}`),
      close: () => {
        log.push('close');
        end(137);
        return Promise.resolve();
      },
    };
    return Promise.resolve(shell);
  };
}

const offers: TerminalOffer[] = [];
afterEach(async () => {
  await Promise.all(offers.splice(0).map((offer) => offer.close()));
});

async function offered(open: OpenShell) {
  const offer = await offerTerminal(open);
  offers.push(offer);
  const link: unknown = JSON.parse(await readFile(offer.linkFile, 'utf8'));
  if (!isRecord(link)) throw new Error('no link');
  const { address, token } = link;
  if (typeof address !== 'string' || typeof token !== 'string') throw new Error('no link');
  return { offer, address, token };
}

/** Connects with a token and collects frames until the other side ends. */
function attachWith(address: string, token: string, then: (socket: Socket) => void) {
  return new Promise<LinkFrame[]>((resolve, reject) => {
    const reader = new FrameReader();
    const frames: LinkFrame[] = [];
    const socket = connect(address, () => {
      const greeting = JSON.stringify({ token, rows: 30, columns: 90 });
      socket.write(encodeFrame(frameTypes.greeting, Buffer.from(greeting)));
      then(socket);
    });
    socket.on('data', (piece: Buffer) => frames.push(...reader.push(piece)));
    socket.once('error', reject);
    socket.once('close', () => resolve(frames));
  });
}

const typed = (text: string) => encodeFrame(frameTypes.input, Buffer.from(text));

describe('an offered terminal', () => {
  test('carries input, output, sizes and the exit code', async () => {
    const log: string[] = [];
    const { offer, address, token } = await offered(upperCase(log));
    const frames = await attachWith(address, token, (socket) => {
      socket.write(encodeFrame(frameTypes.resize, encodeSize(40, 100)));
      socket.write(typed('hello'));
      setTimeout(() => socket.write(typed('q')), 20);
    });
    const output = frames.filter((one) => one.type === frameTypes.output);
    expect(output.map((one) => one.payload.toString()).join('')).toBe('HELLOQ');
    expect(frames.at(-1)).toEqual({ type: frameTypes.exit, payload: Buffer.from([0, 0, 0, 42]) });
    await offer.done;
    expect(log.slice(0, 2)).toEqual(['open 30x90', 'resize 40x100']);
    expect(log).toContain('close');
  });

  test('refuses a wrong token and stays open for the right one', async () => {
    const { address, token } = await offered(upperCase([]));
    const [refusal] = await attachWith(address, '0'.repeat(token.length), () => undefined);
    expect(refusal?.type).toBe(frameTypes.failure);
    expect(refusal?.payload.toString()).toContain('refused');
    const frames = await attachWith(address, token, (socket) => socket.write(typed('q')));
    expect(frames.at(-1)?.type).toBe(frameTypes.exit);
  });

  test('can be used once', async () => {
    const { offer, address, token } = await offered(upperCase([]));
    await attachWith(address, token, (socket) => socket.write(typed('q')));
    await offer.done;
    await expect(attachWith(address, token, () => undefined)).rejects.toThrow();
  });

  test('says why there is no shell', async () => {
    const { offer, address, token } = await offered(() =>
      Promise.reject(new Error('no /bin/sh here')),
    );
    const [frame] = await attachWith(address, token, () => undefined);
    expect([frame?.type, frame?.payload.toString()]).toEqual([
      frameTypes.failure,
      'no /bin/sh here',
    ]);
    await offer.done;
  });

  test('ends the process when the terminal goes', async () => {
    const log: string[] = [];
    const { offer, address, token } = await offered(upperCase(log));
    await attachWith(address, token, (socket) => setTimeout(() => socket.destroy(), 50));
    await offer.done;
    expect(log).toContain('close');
  });

  test.skipIf(process.platform === 'win32')('is private, and leaves nothing behind', async () => {
    const { offer, address } = await offered(upperCase([]));
    const modes = [dirname(offer.linkFile), offer.linkFile, address].map(
      async (path) => (await stat(path)).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o700, 0o600, 0o600]);
    await offer.close();
    expect(existsSync(dirname(offer.linkFile))).toBe(false);
  });
});
