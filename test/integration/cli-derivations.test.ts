/** The forms in which the command line takes derivations, and what it says of those that it cannot. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli';

const closure = resolve(__dirname, '../fixtures/derivation');
const files = readdirSync(closure)
  .filter((name) => name.endsWith('.drv'))
  .map((name) => join(closure, name));
const texts = files.map((file) => readFileSync(file, 'utf8'));
const alone = texts[files.findIndex((file) => file.endsWith('greeting.drv'))] ?? '';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-drv-'));
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'bad.drv'), 'Derive([("out","/x"\n,"")])');
  await writeFile(join(folder, 'open.json'), '{\n  "a": 1');
  await writeFile(join(folder, 'bare.json'), '{\n  "/nix/store/x.drv": {}\n}');
  await writeFile(join(folder, 'key'), 'no key');
});
afterAll(() => rm(folder, { recursive: true }));

const sorted = (text: string): string[] => text.trim().split('\n').sort();
const drv = (args: readonly string[], input?: string) =>
  runCli(['drv', ...args], { cwd: folder, ...(input === undefined ? {} : { input }) });

describe('a closure on standard input', () => {
  it.each([
    ['the files one behind the other', texts.join('')],
    ['with ends of lines between them', texts.map((text) => `${text}\n`).join('\n')],
    ['their paths', files.join('\n')],
    ['their paths among those of sources', [...files, `${closure}/x-letters.sh`].join('\r\n')],
  ])('%s', async (_, input) => {
    const whole = await drv(['--paths', closure]);
    const { code, stdout, stderr } = await drv(['--paths', '-'], input);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(sorted(stdout)).toEqual(sorted(whole.stdout));
  });

  it('one derivation, named by its output where no variable has its name', async () => {
    const unnamed = alone.replace(/,\("name","[^"]*"\)/, '');
    expect(unnamed).not.toBe(alone);
    const { stdout } = await drv(['--paths', '-'], unnamed);
    expect(stdout).toMatch(/"\/nix\/store\/[0-9a-z]{32}-greeting\.drv"/);
  });
});

describe('says where the fault is, and what to do', () => {
  it.each([
    [['none.drv'], undefined, /none\.drv: there is no such file\nCheck the path/],
    [['empty'], undefined, /empty: holds no derivations/],
    [['bad.drv'], undefined, /^bad\.drv:1:20: expected ',' but found '\n'/],
    [['open.json'], undefined, /open\.json:2:9: close brace expected/],
    [['bare.json'], undefined, /bare\.json:2:23: \/nix\/store\/x\.drv has no system/],
    [['-'], 'Derive([x', /^standard input:1:9: expected '\(' but found 'x'/],
    [['-'], `${alone}Derive([x`, /^standard input:1:\d+: expected '\(' but found 'x'/],
    [['-'], 'text', /neither derivations, nor JSON of some, nor a list of their files/],
    [['-'], '', /neither derivations/],
  ])('%j', async (args, input, message) => {
    const { code, stdout, stderr } = await drv(args, input);
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('names the input whose absence leaves paths unknown', async () => {
    const card = files.findIndex((file) => file.endsWith('card.drv'));
    const { code, stderr } = await drv(['--paths', '-'], texts[card]);
    expect(stderr).toMatch(/-letters\.drv is not there, so .*--store-dir/);
    expect(code).toBe(1);
  });

  it('lists what a build lacks, at its place, and where that was looked for', async () => {
    const [card = ''] = files.filter((file) => file.endsWith('card.drv'));
    const copy = join(folder, card.slice(closure.length + 1));
    await writeFile(copy, readFileSync(card));
    const { code, stderr } = await drv(['--build', copy]);
    expect(stderr).toMatch(/card\.drv:1:\d+: \S+-greeting\.drv is not in the store/);
    expect(stderr).toContain(`looked for in ${folder}. Name the folder that has it: --store-dir`);
    expect(code).toBe(1);
  });

  it('a store path that is not there', async () => {
    const path = `${folder}/${'0'.repeat(32)}-x`;
    const { code, stderr } = await runCli(['image', '-q', path], { cwd: folder });
    expect(stderr).toBe(`/nix/store/${'0'.repeat(32)}-x: is in none of the folders ${folder}\n`);
    expect(code).toBe(1);
  });

  it('a key that is none is wrong usage', async () => {
    const { code, stderr } = await drv(['--build', closure, '--cache', 'c', '--sign-key', 'key']);
    expect(stderr).toMatch(/^key: is no secret key of a binary cache\nnix key generate-secret/);
    expect(code).toBe(2);
  });
});

describe('flags of an image', () => {
  it.each([
    ['--env', 'A', 'give NAME=value'],
    ['--expose', 'http', 'give a port'],
    ['--expose', '80/x', 'give a port'],
    ['--layers', '0', 'give a number from 1 to 127'],
    ['--entrypoint', '["a"', 'is no JSON list'],
  ])('%s %s', async (flag, value, message) => {
    const { code, stderr } = await runCli(['image', 'x', flag, value], { cwd: folder });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
