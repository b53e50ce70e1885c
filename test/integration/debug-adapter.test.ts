/**
 * The debug adapter as an editor meets it: the bundled process, DAP on its stdio, a real BuildKit of
 * each kind, and a real terminal for the shells.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isRecord } from '../../extension/engine/profile/decode';
import { buildkits, daemons, environmentFor } from '../env/context';
import { type AdapterBundle, bundleAdapter } from './adapter-bundle';
import { DapClient, type Message } from './dap-client';
import { noTerminals, Terminal } from './terminal';

const dockerfile = `# Two stages; the last step fails.
FROM alpine AS tools
ENV MODE=tools
WORKDIR /tools
RUN echo tool > tool \\
    && echo built

FROM debian
ARG STAMP=none
ENV MODE=final
WORKDIR /app
RUN chmod 777 /app
COPY --from=tools /tools/tool /app/tool
COPY note.txt /app/
USER app
RUN echo partial > left-behind; \\
    echo /app/note.txt:1:3: told; exit 3
`;
/** Where things stand in it. */
const line = { from: 2, tools: 5, copyTool: 13, copyNote: 14, failing: 16 };

let bundle: AdapterBundle;
beforeAll(async () => {
  bundle = await bundleAdapter();
});
afterAll(() => bundle.remove());

/** Whether a process with this command line runs on this machine, in whatever container. */
async function runs(commandLine: string): Promise<boolean> {
  for (const entry of await readdir('/proc')) {
    const found = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (found === commandLine) return true;
  }
  return false;
}

let folder: string;
let file: string;
const clients: DapClient[] = [];
const terminals: Terminal[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-debug-'));
  file = join(folder, 'Dockerfile');
  await writeFile(file, dockerfile);
  await writeFile(join(folder, 'note.txt'), 'a note\n');
});

afterEach(async () => {
  for (const terminal of terminals.splice(0)) terminal.close();
  for (const client of clients.splice(0)) client.kill();
  await rm(folder, { recursive: true, force: true });
});

describe.each(buildkits().map((buildkit) => ({ buildkit, name: buildkit.name })))(
  'the debug adapter on $name',
  ({ buildkit }) => {
    const env = { ...environmentFor(buildkit) };

    function start(extra: NodeJS.ProcessEnv = {}): DapClient {
      const client = new DapClient(bundle.argv, { ...env, ...extra }, folder);
      clients.push(client);
      return client;
    }

    const profile = (rest: Message = {}): Message => ({
      file,
      buildArgs: { STAMP: 'given' },
      ...rest,
    });

    /** The line on top of the stack. */
    async function top(client: DapClient): Promise<Message> {
      const stop = client.events.findLast((one) => one.event === 'stopped');
      const threadId = stop?.body['threadId'];
      const { stackFrames } = await client.request('stackTrace', { threadId });
      const frame: unknown = Array.isArray(stackFrames) ? stackFrames[0] : undefined;
      if (!isRecord(frame)) throw new Error('no frame');
      return frame;
    }

    async function variables(client: DapClient, scope: string): Promise<Record<string, string>> {
      const { id } = await top(client);
      const { scopes } = await client.request('scopes', { frameId: id });
      const found: unknown = Array.isArray(scopes)
        ? scopes.find((one: unknown) => isRecord(one) && one['name'] === scope)
        : undefined;
      if (!isRecord(found)) throw new Error(`no scope ${scope}`);
      const answer = await client.request('variables', {
        variablesReference: found['variablesReference'],
      });
      const rows: unknown = answer['variables'];
      return Object.fromEntries(
        (Array.isArray(rows) ? rows : []).flatMap((row: unknown): [string, string][] =>
          isRecord(row) && typeof row['name'] === 'string' && typeof row['value'] === 'string'
            ? [[row['name'], row['value']]]
            : [],
        ),
      );
    }

    test('verifies breakpoints before the build starts', async () => {
      const client = start();
      const [answer] = await client.launch(profile({ stopOnEntry: true }), {
        breakpoints: { [file]: [1, 3, 6, 9, 10, 17, 99] },
      });
      const breakpoints: unknown = answer?.['breakpoints'];
      expect(breakpoints).toMatchObject([
        { verified: true, line: 2 },
        { verified: true, line: 3 },
        { verified: true, line: 5, endLine: 6 },
        { verified: true, line: 9 },
        { verified: true, line: 10 },
        { verified: true, line: 16, endLine: 17 },
        { verified: false, line: 99 },
      ]);
      expect(await client.event('stopped')).toMatchObject({ reason: 'entry', threadId: 1 });
      expect(await top(client)).toMatchObject({ line: 2, source: { path: file } });
      await client.disconnect();
    });

    test('stops in a Dockerfile inside a Bake file', async () => {
      const inline = ['FROM alpine', 'RUN test "$${MODE:-none}" = none'];
      const contents = inline.map((each) => `${each}\n`).join('');
      const bake = `target "app" {\n dockerfile-inline = <<EOT\n${contents}EOT\n}\n`;
      await writeFile(join(folder, 'docker-bake.hcl'), bake);
      const client = start({ XDG_CACHE_HOME: join(folder, 'cache') });
      await client.launch({ bake: { target: 'app' }, stopOnEntry: true });
      expect(await client.event('stopped')).toMatchObject({ reason: 'entry' });
      const { line: at, source } = await top(client);
      const path = isRecord(source) ? String(source['path']) : '';
      expect([at, await readFile(path, 'utf8')]).toEqual([1, contents.replace('$$', () => '$')]);
      await client.request('continue', { threadId: 1 });
      await client.event('terminated');
      await client.disconnect();
    });

    test('stops at a breakpoint, steps, and stops at the failing step', async () => {
      const client = start();
      await client.launch(profile(), { breakpoints: { [file]: [6] } });
      expect(await client.event('stopped')).toMatchObject({
        reason: 'breakpoint',
        hitBreakpointIds: [1],
      });
      expect(await top(client)).toMatchObject({ line: line.tools });
      // The stage's last step leads back to the step that uses the stage.
      await client.request('next', { threadId: 1 });
      expect(await client.event('stopped', 2)).toMatchObject({ reason: 'step', threadId: 2 });
      expect(await top(client)).toMatchObject({ line: line.copyTool });
      await client.request('continue', { threadId: 2 });
      const text = expect.stringContaining('exit code: 3') as unknown;
      expect(await client.event('stopped', 3)).toMatchObject({ reason: 'exception', text });
      expect(await top(client)).toMatchObject({ line: line.failing, endLine: 17 });
      expect(await client.request('exceptionInfo', { threadId: 2 })).toMatchObject({
        exceptionId: 'exit code 3',
        description: text,
      });
      const { stackFrames } = await client.request('stackTrace', { threadId: 2 });
      expect(stackFrames).toMatchObject(
        [16, 15, 14, 13, 12, 11, 10, 9, 8].map((at) => ({ line: at })),
      );
      await client.request('continue', { threadId: 2 });
      expect(await client.event('llb.end')).toMatchObject({ outcome: 'failed', message: text });
      expect(await client.event('exited')).toEqual({ exitCode: 1 });
      await client.event('terminated');
      expect(client.printed.stdout).toMatch(/^#\d+ \d+\.\d+ \S+ told$/m);
      const told = client.events.find(({ body }) => String(body['output']).endsWith(' told\n'));
      const place = { source: { path: join(folder, 'note.txt') }, line: 1, column: 3 };
      expect(told?.body).toMatchObject(place);
      await client.disconnect();
    });

    test('shows the step, its environment and the arguments', async () => {
      const client = start();
      await client.launch(profile());
      await client.event('stopped');
      const { scopes } = await client.request('scopes', { frameId: (await top(client))['id'] });
      expect(scopes).toMatchObject(
        ['Arguments', 'Environment', 'Step', 'Image config', 'Files', 'Changes'].map((name) => ({
          name,
        })),
      );
      expect(await variables(client, 'Step')).toMatchObject({
        'Exit code': '3',
        'Working directory': '/app',
        User: 'app',
        Digest: expect.stringMatching(/^sha256:/) as unknown,
      });
      expect(await variables(client, 'Environment')).toMatchObject({ MODE: 'final' });
      expect(await variables(client, 'Arguments')).toMatchObject({ STAMP: 'given' });
      expect(
        await client.request('evaluate', { expression: '$MODE', context: 'hover' }),
      ).toMatchObject({
        result: 'final',
      });
      await client.disconnect();
    });

    test('shows the environment of a step that is no command', async () => {
      const client = start();
      await client.launch(profile(), { breakpoints: { [file]: [line.copyNote] } });
      await client.event('stopped');
      expect(await variables(client, 'Environment')).toMatchObject({ MODE: 'final' });
      expect(await variables(client, 'Step')).toMatchObject({ 'Working directory': '/app' });
      await client.disconnect();
    });

    test('runs commands from the console in the step stopped at', async () => {
      const client = start();
      await client.launch(profile());
      await client.event('stopped');
      await client.request('evaluate', {
        expression: 'exec cat left-behind; pwd; echo $MODE',
        context: 'repl',
      });
      expect(client.printed.console).toBe('partial\n/app\nfinal\n');
      await client.disconnect();
    });

    describe.skipIf(noTerminals() !== undefined)('opens a shell', () => {
      /** Does what an editor's terminal does with a `runInTerminal` request, and nothing of PATH. */
      function openTerminal({ args, env: given }: Message): Terminal {
        if (!Array.isArray(args) || !isRecord(given)) throw new Error('no terminal was asked for');
        const argv = args.map(String);
        const variables = Object.fromEntries(
          Object.entries(given).map(([key, value]) => [key, String(value)]),
        );
        const terminal = new Terminal(argv, { ...variables, PATH: '' }, { rows: 30, columns: 90 });
        terminals.push(terminal);
        return terminal;
      }

      async function failedShell(client: DapClient): Promise<Terminal> {
        await client.launch(profile());
        await client.event('stopped');
        await client.request('llb/shell');
        const [asked] = client.terminals;
        if (asked === undefined) throw new Error('no terminal was asked for');
        expect(JSON.stringify(asked['args'])).not.toMatch(/[0-9a-f]{32}/);
        const terminal = openTerminal(asked);
        await terminal.see(/[$#] $/);
        return terminal;
      }

      test('in the failed step: folder, user, environment and what it had written', async () => {
        const client = start();
        const terminal = await failedShell(client);
        expect(await terminal.type('pwd', /^(\/\S*)\r?$/m)).toBe('/app');
        expect(await terminal.type('id -un', /^(app)\r?$/m)).toBe('app');
        expect(await terminal.type('env', /^MODE=(\w+)\r?$/m)).toBe('final');
        expect(await terminal.type('cat left-behind', /^(partial)\r?$/m)).toBe('partial');
        expect(await terminal.type('cat note.txt', /^(a note)\r?$/m)).toBe('a note');
        await client.disconnect();
      });

      test('that follows the size of the terminal, and ends with its exit code', async () => {
        const client = start();
        const terminal = await failedShell(client);
        expect(await terminal.type('stty size', /^(\d+ \d+)\r?$/m)).toBe('30 90');
        terminal.resize(40, 100);
        await expect
          .poll(() => terminal.type('stty size', /^(\d+ \d+)\r?$/m), { timeout: 5000 })
          .toBe('40 100');
        terminal.send('exit 42\r');
        expect(await terminal.exit).toBe(42);
        await client.disconnect();
      });

      test('where Ctrl-C stops the command and not the shell', async () => {
        const client = start();
        const terminal = await failedShell(client);
        const from = terminal.shown.length;
        terminal.send('sleep 60; echo status $?\r');
        await terminal.see(/sleep 60/, from);
        await new Promise((resolve) => setTimeout(resolve, 500));
        terminal.send('\u0003');
        await terminal.see(/[$#] $/, from + 10);
        expect(await terminal.type('echo alive $?', /^(alive \d+)\r?$/m)).toBe('alive 130');
        await client.disconnect();
      });

      test('that leaves no trace: each one starts from the moment of the failure', async () => {
        const client = start();
        const first = await failedShell(client);
        await first.type('echo x > new; rm left-behind; ls', /new/);
        await client.request('evaluate', { expression: 'shell', context: 'repl' });
        const second = openTerminal(client.terminals[1] ?? {});
        await second.see(/[$#] $/);
        expect(await second.type('ls; echo end', /([^]*)^end\r?$/m)).toMatch(/left-behind/);
        expect(second.shown).not.toMatch(/\bnew\b/);
        await client.disconnect();
      });

      test('before a step and after one, by node of the graph', async () => {
        const client = start();
        await client.launch(profile(), { breakpoints: { [file]: [line.copyNote] } });
        await client.event('stopped');
        await client.request('llb/shell');
        const before = openTerminal(client.terminals[0] ?? {});
        await before.see(/[$#] $/);
        expect(await before.type('ls; echo end', /([^]*)^end\r?$/m)).not.toMatch(/note/);
        const { graph } = await client.event('llb.graph');
        const nodes: unknown = isRecord(graph) ? graph['nodes'] : undefined;
        const tools: unknown = Array.isArray(nodes)
          ? nodes.find(
              (node: unknown) => isRecord(node) && String(node['name']).startsWith('RUN echo tool'),
            )
          : undefined;
        await client.request('llb/shell', { digest: isRecord(tools) ? tools['digest'] : '' });
        const after = openTerminal(client.terminals[1] ?? {});
        await after.see(/[$#] $/);
        expect(await after.type('pwd; cat tool', /^(tool)\r?$/m)).toBe('tool');
        expect(await after.type('echo $MODE', /^(tools)\r?$/m)).toBe('tools');
        await client.disconnect();
      });

      // Only our own daemons are sure to run their containers on this machine.
      test.skipIf(daemons() === undefined)(
        'that ends with its terminal, whatever runs in it',
        async () => {
          const client = start();
          const terminal = await failedShell(client);
          const mark = `${100_000 + Math.floor(Math.random() * 900_000)}`;
          terminal.send(`sleep ${mark}\r`);
          await expect.poll(() => runs(`sleep\0${mark}\0`), { timeout: 10_000 }).toBe(true);
          terminal.close();
          await expect.poll(() => runs(`sleep\0${mark}\0`), { timeout: 10_000 }).toBe(false);
          // The session goes on, and so do its other shells.
          await client.request('evaluate', { expression: 'exec cat left-behind', context: 'repl' });
          expect(client.printed.console).toBe('partial\n');
          await client.disconnect();
        },
      );

      test('that ends with the session', async () => {
        const client = start();
        const terminal = await failedShell(client);
        await client.disconnect();
        expect(await terminal.exit).not.toBe(0);
      });
    });

    test('tells a client without terminals how to open the shell', async () => {
      const client = start();
      await client.launch(profile(), { terminals: false });
      await client.event('stopped');
      await client.request('evaluate', { expression: 'shell', context: 'repl' });
      expect(client.printed.console).toMatch(
        /ELECTRON_RUN_AS_NODE=1 .*cli\.js attach .*link\.json/,
      );
      await client.disconnect();
    });
  },
);
