import { afterEach, expect, test } from 'vitest';
import type { ShellProcess } from './shell';
import { attachShell, readLink, type ShellListener } from './terminal-client';
import { offerTerminal, type TerminalOffer } from './terminal-server';

const offers: TerminalOffer[] = [];
afterEach(async () => {
  await Promise.all(offers.splice(0).map((offer) => offer.close()));
});

/** A promise that is settled from outside. */
function later<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve: (value: T) => resolve(value) };
}

/** Answers each input with its upper case, says what sizes it was told, and ends on `q` with 7. */
function echo(sizes: string[]): ShellProcess {
  const pieces: Uint8Array[] = [];
  let wake: () => void = () => undefined;
  let isOver = false;
  const ended = later<{ code: number }>();
  const end = (code: number) => {
    isOver = true;
    ended.resolve({ code });
    wake();
  };
  async function* output() {
    for (;;) {
      const data = pieces.shift();
      if (data !== undefined) yield { fd: 1, data };
      else if (isOver) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return {
    output: output(),
    exit: ended.promise,
    write: (data) => {
      const text = Buffer.from(data).toString();
      if (text === 'q') end(7);
      else pieces.push(Buffer.from(text.toUpperCase()));
      wake();
    },
    closeStdin: () => undefined,
    resize: (rows, columns) => sizes.push(`${rows}x${columns}`),
    close: () => {
      end(137);
      return Promise.resolve();
    },
  };
}

async function attached(open: (sizes: string[]) => Promise<ShellProcess>) {
  const sizes: string[] = [];
  const offer = await offerTerminal(({ rows, columns }) => {
    sizes.push(`${rows}x${columns}`);
    return open(sizes);
  });
  offers.push(offer);
  const link = await readLink(offer.linkFile);
  if (link === undefined) throw new Error('no link');
  const over = later<string>();
  const said = { text: '', waiting: (): void => undefined };
  const listener: ShellListener = {
    output: (data) => {
      said.text += data.toString();
      said.waiting();
    },
    exit: (code) => over.resolve(`exit ${code}`),
    lost: (reason) => over.resolve(`lost: ${reason ?? 'its session'}`),
  };
  const shell = attachShell(link, { rows: 24, columns: 80 }, listener);
  const seen = (text: string) =>
    new Promise<void>((resolve) => {
      said.waiting = () => {
        if (said.text.includes(text)) resolve();
      };
      said.waiting();
    });
  return { offer, shell, sizes, seen, over: over.promise };
}

test('bytes and sizes go to the shell, its output and exit code come back', async () => {
  const { shell, sizes, seen, over } = await attached((log) => Promise.resolve(echo(log)));
  shell.write(Buffer.from('hello'));
  await seen('HELLO');
  shell.resize(40, 100);
  shell.write(Buffer.from('q'));
  expect(await over).toBe('exit 7');
  expect(sizes).toEqual(['24x80', '40x100']);
});

test('why there is no shell is told', async () => {
  const { over } = await attached(() => Promise.reject(new Error('no /bin/sh here')));
  expect(await over).toBe('lost: no /bin/sh here');
});

test('a session that ends takes its shell with it', async () => {
  const { offer, shell, seen, over } = await attached((log) => Promise.resolve(echo(log)));
  shell.write(Buffer.from('hello'));
  await seen('HELLO');
  await offer.close();
  expect(await over).toMatch(/^(exit 137|lost: its session)$/);
});

test('closing the terminal ends the shell', async () => {
  const { offer, shell, seen } = await attached((log) => Promise.resolve(echo(log)));
  shell.write(Buffer.from('hello'));
  await seen('HELLO');
  shell.close();
  await offer.done;
});

test('a link can be read once, and one that is gone not at all', async () => {
  const offer = await offerTerminal(() => Promise.reject(new Error('not asked for')));
  offers.push(offer);
  expect(await readLink(offer.linkFile)).toBeDefined();
  expect(await readLink(offer.linkFile)).toBeUndefined();
});
