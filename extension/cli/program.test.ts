import { describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { run } from './program';

async function output(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const push = (to: string[]) => (text: string | Uint8Array) => {
    to.push(typeof text === 'string' ? text : Buffer.from(text).toString());
    return Promise.resolve();
  };
  const code = await run(args, { out: push(out), note: push(err), progress: push(err) });
  return { code, out: out.join(''), err: err.join('') };
}

describe('wrong usage ends with exit code 2 and a word on stderr', () => {
  test.each([
    [['nonsense'], /unknown command 'nonsense'/],
    [['llb', '--nonsense'], /unknown option '--nonsense'/],
    [['check'], /missing required argument 'files'/],
    [['llb', 'Dockerfile', '--format', 'xml'], /Allowed choices are json, pb/],
    [['llb', 'Dockerfile', 'Dockerfile'], /too many arguments/],
    [['dap', '--port', 'many'], /--port many: not a port number/],
    [['llb'], /name the Dockerfile to compile/],
    [['build'], /name the context to build/],
    [['drv', 'x.drv', '--paths', '--build'], /choose one of --paths, --build and --log/],
  ])('%j', async (args, message) => {
    const { code, out, err } = await output(...args);
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});

test('--version prints the package’s version on stdout', async () => {
  expect(await output('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
});

test('--help lists the commands on stdout', async () => {
  const { code, out } = await output('--help');
  expect(code).toBe(0);
  for (const name of ['llb', 'check', 'build', 'drv', 'builders', 'lsp', 'dap', 'service']) {
    expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
  }
});

test('a file that is not there is an input that failed, and the message names it', async () => {
  const { code, out, err } = await output('llb', '/nonexistent/Dockerfile', '--offline');
  expect(err).toMatch(/^\/nonexistent\/Dockerfile: there is no such file/);
  expect({ code, out }).toEqual({ code: 1, out: '' });
});

test('with --json errors are one line of JSON', async () => {
  const { err } = await output('llb', '/nonexistent/Dockerfile', '--offline', '--json');
  expect(JSON.parse(err)).toEqual({
    error: {
      file: '/nonexistent/Dockerfile',
      message: 'there is no such file',
      remedy: 'Check the path.',
      exitCode: 1,
    },
  });
});
