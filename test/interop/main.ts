/**
 * `npm run interop`: real editors against the built server: open, diagnostics, definition, rename,
 * completion, format. Each acts on its own buffer, so what counts is what the editor makes of the
 * answers. Wants `npm run build`; editors are found on PATH, or named by `NVIM` and `EMACS`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const text = `FROM alpine AS base
ENV A=1 \\
B=2
FROM scratch
COPY --from=base /x /y
CO`;

const editors = [
  {
    name: 'Neovim',
    program: process.env['NVIM'] ?? 'nvim',
    args: ['--headless', '-u', 'NONE', '-i', 'NONE', '-n', '-c', 'luafile nvim.lua'],
  },
  {
    name: 'Emacs with eglot',
    program: process.env['EMACS'] ?? 'emacs',
    args: ['-Q', '--batch', '-l', 'eglot.el'],
  },
];

const expected = [
  /^diagnostic: .*unknown instruction: CO/m,
  /^definition: 1$/m,
  /^renamed: 2$/m,
  /^completion: .*\bCOPY\b/m,
  /^formatted: yes$/m,
];

let seen = 0;
for (const { name, program, args } of editors) {
  if (spawnSync(program, ['--version']).error !== undefined) {
    console.log(`${name}: not here`);
    continue;
  }
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-interop-'));
  const file = join(folder, 'Dockerfile');
  writeFileSync(file, text);
  const { stderr } = spawnSync(program, args, {
    cwd: __dirname,
    encoding: 'utf8',
    timeout: 180_000,
    env: { ...process.env, INTEROP_FILE: file, INTEROP_SERVER: join(root, 'dist/cli.js') },
  });
  rmSync(folder, { recursive: true, force: true });
  const missing = expected.filter((pattern) => !pattern.test(stderr));
  if (missing.length > 0) {
    console.error(`${name}: ${missing.map(String).join(', ')} missing in\n${stderr}`);
    process.exitCode = 1;
  } else {
    console.log(`${name}: ${expected.length} of ${expected.length}`);
    seen++;
  }
}
if (seen === 0) process.exitCode = 1;
