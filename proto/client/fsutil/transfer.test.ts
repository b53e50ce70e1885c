import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Packet, PacketType } from '../../generated/fsutil';
import type { Init } from '../../wire/message';
import { GoMode } from './go-mode';
import { TransferError, type PacketStream } from './packet-stream';
import { receiveDirectory } from './receive';
import { sendDirectory } from './send';
import { makeTree } from './test-tree';
import { walk } from './walk';

/** A queue of packets from one end to the other. */
class Pipe {
  readonly sent: Packet[] = [];
  private waiting: (() => void) | undefined;
  private ended = false;

  push(packets: readonly Init<Packet>[]): void {
    this.sent.push(...packets.map((packet) => Packet.create(packet)));
    this.waiting?.();
  }

  end(): void {
    this.ended = true;
    this.waiting?.();
  }

  async *read(): AsyncGenerator<Packet> {
    for (let at = 0; ; at++) {
      while (at >= this.sent.length) {
        if (this.ended) return;
        await new Promise<void>((resolve) => {
          this.waiting = resolve;
        });
      }
      const packet = this.sent[at];
      if (packet !== undefined) yield packet;
    }
  }
}

function ends(): {
  sender: PacketStream;
  receiver: PacketStream;
  toReceiver: Pipe;
  toSender: Pipe;
} {
  const [toReceiver, toSender] = [new Pipe(), new Pipe()];
  const end = (incoming: Pipe, outgoing: Pipe): PacketStream => ({
    packets: incoming.read(),
    send: (packets) => {
      outgoing.push(packets);
      return Promise.resolve();
    },
  });
  return {
    sender: end(toSender, toReceiver),
    receiver: end(toReceiver, toSender),
    toReceiver,
    toSender,
  };
}

async function transfer(from: string, to: string): Promise<void> {
  const { sender, receiver } = ends();
  await Promise.all([sendDirectory(from, sender), receiveDirectory(to, receiver)]);
}

describe('a directory sent and received', () => {
  test('is the same, with links, modes and times', async () => {
    const big = 'x'.repeat(1_500_000);
    const from = makeTree({
      'a/file': 'hello',
      'a/big': big,
      'a/empty': '',
      link: { link: 'a/file' },
      z: { same: 'a/file' },
      'dir/': '',
    });
    const to = makeTree({ old: 'stays', 'a/file': 'replaced' });
    await transfer(from, to);
    expect(readdirSync(to).sort()).toEqual(['a', 'dir', 'link', 'old', 'z']);
    expect(readFileSync(join(to, 'a/big'), 'utf8')).toBe(big);
    expect(readFileSync(join(to, 'link'), 'utf8')).toBe('hello');
    expect(statSync(join(to, 'z')).ino).toBe(statSync(join(to, 'a/file')).ino);
    expect(
      Math.abs(statSync(join(to, 'a')).mtimeMs - statSync(join(from, 'a')).mtimeMs),
    ).toBeLessThan(1);
  });

  test('may be several, the first that has a name giving it whole', async () => {
    const first = makeTree({ 'b/own': 'first', 'd.e': 'd.e', 'd/x': 'd', secret: 'not asked for' });
    const second = makeTree({ 'a/x': 'a', 'b/own': 'second', 'b/other': 'no', c: { link: 'a/x' } });
    const third = makeTree({ 'b/other': 'no', 'd-e': 'd-e', é: 'é' });
    const [to, { sender, receiver, toReceiver }] = [makeTree({}), ends()];
    const include = ['a', 'b', 'c', 'd', 'd-e', 'd.e', 'é'];
    await Promise.all([
      sendDirectory(first, sender, { include, further: [second, third] }),
      receiveDirectory(to, receiver),
    ]);
    const told = toReceiver.sent.flatMap(({ stat }) => stat?.path ?? []);
    expect(told).toEqual(['a', 'a/x', 'b', 'b/own', 'c', 'd', 'd/x', 'd-e', 'd.e', 'é']);
    const read = (path: string) => readFileSync(join(to, path), 'utf8');
    expect(['b/own', 'c', 'd/x', 'd-e', 'é'].map(read)).toEqual(['first', 'a', 'd', 'd-e', 'é']);
  });

  test('never goes through a link that stands in the way', async () => {
    const outside = makeTree({ keep: 'outside' });
    const to = makeTree({});
    symlinkSync(outside, join(to, 'a'));
    symlinkSync(join(outside, 'keep'), join(to, 'f'));
    await transfer(makeTree({ 'a/keep': 'inside', f: 'inside' }), to);
    expect(readFileSync(join(outside, 'keep'), 'utf8')).toBe('outside');
    expect(lstatSync(join(to, 'a')).isDirectory()).toBe(true);
    expect(readFileSync(join(to, 'f'), 'utf8')).toBe('inside');
  });
});

test('a sparse file is sent whole, with its holes', async () => {
  const from = makeTree({ sparse: '' });
  truncateSync(join(from, 'sparse'), 3_000_000);
  appendFileSync(join(from, 'sparse'), 'end');
  const to = makeTree({});
  await transfer(from, to);
  expect(readFileSync(join(to, 'sparse')).equals(readFileSync(join(from, 'sparse')))).toBe(true);
});

test('a file of 100 GB is offered with its size', () => {
  const root = makeTree({ huge: '' });
  truncateSync(join(root, 'huge'), 100_000_000_000);
  const [entry] = walk(root);
  expect(entry?.stat.size).toBe(100_000_000_000n);
});

test('a file that may not be read ends the transfer, and is named', async () => {
  const from = makeTree({ 'd/locked': 'x' });
  chmodSync(from, 0o755);
  chmodSync(join(from, 'd'), 0o755);
  chmodSync(join(from, 'd/locked'), 0);
  const { sender, toReceiver, toSender } = ends();
  toSender.push([{ type: PacketType.PACKET_REQ, id: 1 }]);
  await withoutPrivilege(() =>
    expect(sendDirectory(from, sender)).rejects.toThrow(/EACCES.*d\/locked/),
  );
  const error = toReceiver.sent.find(({ type }) => type === PacketType.PACKET_ERR);
  expect(Buffer.from(error?.data ?? []).toString()).toBe('d/locked: permission denied');
});

test('a name that is no UTF-8 ends the transfer, unless it is left out', async () => {
  const from = makeTree({ 'd/good': '' });
  writeFileSync(Buffer.concat([Buffer.from(join(from, 'd/bad-')), Buffer.of(0xff)]), '');
  const { sender } = ends();
  await expect(sendDirectory(from, sender)).rejects.toThrow(/d\/bad-.* is not UTF-8/);
  expect([...walk(from, { exclude: ['d/bad*'] })].map(({ stat }) => stat.path)).toEqual([
    'd',
    'd/good',
  ]);
});

/** Root reads everything, so for `body` this process is nobody. */
async function withoutPrivilege(body: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await body();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe('a hostile sender is refused', () => {
  const stat = (path: string, mode = 0o644, linkname = ''): Init<Packet> => ({
    type: PacketType.PACKET_STAT,
    stat: { path, mode, linkname },
  });
  const folder = GoMode.dir + 0o755;
  test.each<[string, Init<Packet>[]]>([
    ['a path above', [stat('../x')]],
    ['a path with dots inside', [stat('a', folder), stat('a/../../x')]],
    ['an absolute path', [stat('/etc/x')]],
    ['an empty path', [stat('')]],
    ['a path below a link', [stat('a', GoMode.symlink + 0o777, '/etc'), stat('a/x')]],
    ['a path in a folder never sent', [stat('a/x')]],
    ['paths out of order', [stat('b'), stat('a')]],
    ['a path twice', [stat('a'), stat('a')]],
    ['a link to a file never sent', [stat('a', 0o644, '../../etc/passwd')]],
    ['data nobody asked for', [{ type: PacketType.PACKET_DATA, id: 7, data: new Uint8Array([1]) }]],
    ['a NUL in a name', [stat('a\0b')]],
  ])('%s', async (_, packets) => {
    const { receiver, toReceiver } = ends();
    toReceiver.push(packets);
    toReceiver.end();
    await expect(receiveDirectory(makeTree({}), receiver)).rejects.toThrow(TransferError);
  });
});

describe('a hostile receiver gets', () => {
  async function ask(root: string, ids: number[], meddle?: () => void): Promise<Packet[]> {
    const { sender, toReceiver, toSender } = ends();
    const sending = sendDirectory(root, sender);
    while (
      !toReceiver.sent.some(
        ({ type, stat }) => type === PacketType.PACKET_STAT && stat === undefined,
      )
    ) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    meddle?.();
    toSender.push(ids.map((id) => ({ type: PacketType.PACKET_REQ, id })));
    toSender.push([{ type: PacketType.PACKET_FIN }]);
    await sending;
    return toReceiver.sent.filter(({ type }) => type === PacketType.PACKET_DATA);
  }

  test.each([
    ['no folder as a file', 0],
    ['no link as a file', 2],
    ['no file that was not offered', 99],
  ])('%s', async (_, id) => {
    const root = makeTree({ 'a/f': 'secret', l: { link: '/etc/passwd' } });
    await expect(ask(root, [id])).rejects.toThrow(/there is no file/);
  });

  test('no file twice', async () => {
    await expect(ask(makeTree({ f: 'x' }), [0, 0])).rejects.toThrow(/there is no file/);
  });

  test('nothing from outside when a file becomes a link meanwhile', async () => {
    const outside = makeTree({ secret: 'SECRET' });
    const root = makeTree({ f: 'x' });
    const data = await ask(root, [0], () => {
      rmSync(join(root, 'f'));
      symlinkSync(join(outside, 'secret'), join(root, 'f'));
    });
    expect(data.map((packet) => packet.data.length)).toEqual([0]);
  });

  test('nothing from outside when a folder becomes a link meanwhile', async () => {
    const outside = makeTree({ f: 'SECRET' });
    const root = makeTree({ 'd/f': 'x' });
    const data = await ask(root, [1], () => {
      rmSync(join(root, 'd'), { recursive: true });
      symlinkSync(outside, join(root, 'd'));
    });
    expect(data.map((packet) => packet.data.length)).toEqual([0]);
  });

  test('all there is of a file that grew or shrank meanwhile', async () => {
    const root = makeTree({ grown: 'a', shrunk: 'x'.repeat(1_500_000) });
    const data = await ask(root, [0, 1], () => {
      appendFileSync(join(root, 'grown'), 'b'.repeat(600_000));
      truncateSync(join(root, 'shrunk'), 700_000);
    });
    const sizes = [0, 1].map((id) =>
      data.reduce((sum, packet) => sum + (packet.id === id ? packet.data.length : 0), 0),
    );
    expect(sizes).toEqual([600_001, 700_000]);
    expect(data.filter((packet) => packet.data.length === 0).map(({ id }) => id)).toEqual([0, 1]);
  });

  test('an empty file for one that is gone, the new text for one that was saved again', async () => {
    const root = makeTree({ gone: 'x', saved: 'old' });
    const data = await ask(root, [0, 1], () => {
      rmSync(join(root, 'gone'));
      rmSync(join(root, 'saved'));
      mkdirSync(join(root, 'tmp'));
      writeFileSync(join(root, 'tmp/new'), 'new text');
      linkSync(join(root, 'tmp/new'), join(root, 'saved'));
    });
    const text = (id: number) =>
      data
        .flatMap((packet) => (packet.id === id ? [Buffer.from(packet.data).toString()] : []))
        .join('');
    expect([text(0), text(1)]).toEqual(['', 'new text']);
  });
});
