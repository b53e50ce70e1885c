/** The recorded sessions: one for each thing the debugger can do. */
import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { at, dockerfile } from './project';
import { numberIn, type Script } from './session-script';

export type RecordedSession = {
  /** Names the record. */
  readonly name: string;
  readonly run: (script: Script) => Promise<void>;
  /** What goes before, with a client of its own and off the record. */
  readonly prepare?: (script: Script) => Promise<void>;
};

/** A stop in the stage `main`, everything before it from the cache. */
async function stoppedAt(script: Script, line: number, attributes = {}): Promise<number> {
  await script.launch({ target: 'main', ...attributes }, async () => {
    await script.lines(line);
  });
  return script.stopped();
}

export const sessions: readonly RecordedSession[] = [
  {
    name: 'breakpoints-on-every-line',
    run: async (script) => {
      await script.launch({ target: 'main', stopOnEntry: true }, async () => {
        await script.lines(1, 2, 3, 4, 7, 10, 12, 13, 17, 25, 99);
        await script.request('breakpointLocations', {
          source: { path: script.project.file },
          line: 9,
          endLine: 16,
        });
      });
      const thread = await script.stopped();
      await script.frames(thread);
    },
  },
  {
    name: 'breakpoints-on-arg-env-label-and-heredoc',
    run: async (script) => {
      await script.launch({ target: 'main' }, async () => {
        await script.lines(at.stamp, at.env + 1, at.label, at.heredoc + 2);
      });
      for (let hit = 0; hit < 4; hit++) {
        const threadId = await script.stopped();
        await script.frames(threadId);
        await script.request('continue', { threadId });
      }
      await script.ended();
    },
  },
  {
    name: 'conditions-hit-counts-and-log-messages',
    run: async (script) => {
      await script.launch({ target: 'main', buildArgs: { STAMP: 'given' } }, async () => {
        await script.lines(
          { line: at.env, condition: '$STAMP == other' },
          { line: at.label, logMessage: 'at {line} of {stage}: {$MODE}, {${NONE:-nothing}}' },
          { line: at.workdir, condition: 'MODE == main && $STAMP =~ ^giv' },
          { line: at.heredoc, hitCondition: '2' },
          { line: at.copyTool, hitCondition: 'often' },
        );
      });
      const threadId = await script.stopped();
      await script.frames(threadId);
      // The second time it counts.
      await script.go('goto', { threadId, targetId: await target(script, at.copyTool) });
      await script.go('goto', { threadId, targetId: await target(script, at.workdir) });
      await script.request('continue', { threadId });
      await script.ended();
    },
  },
  {
    name: 'function-breakpoints-by-stage',
    run: async (script) => {
      await script.launch({ target: 'main' }, async () => {
        await script.request('setFunctionBreakpoints', {
          breakpoints: [{ name: 'MAIN' }, { name: 'nowhere' }],
        });
      });
      await script.frames(await script.stopped());
    },
  },
  {
    name: 'exception-filters',
    run: async (script) => {
      await script.launch(
        { target: 'main', buildArgs: { STAMP: String(Date.now()) } },
        async () => {
          await script.request('setExceptionBreakpoints', {
            filters: [],
            filterOptions: [
              { filterId: 'cacheMiss', condition: `stage == main && line == ${at.stampRun}` },
              { filterId: 'cacheHit', condition: 'stage == main && step =~ ^WORKDIR' },
            ],
          });
        },
      );
      const hit = await script.stopped();
      await script.frames(hit);
      await script.request('exceptionInfo', { threadId: hit });
      const miss = await script.go('continue', { threadId: hit });
      await script.frames(miss);
      await script.request('exceptionInfo', { threadId: miss });
      await script.request('continue', { threadId: miss });
      await script.ended();
    },
  },
  {
    name: 'stop-at-a-warning',
    run: async (script) => {
      const text = dockerfile.replace('LABEL team=lens', 'MAINTAINER lens');
      await edited(script, text, 1, { target: 'main' }, async () => {
        await script.request('setExceptionBreakpoints', { filters: ['warning'] });
      });
      const threadId = await script.stopped();
      await script.frames(threadId);
      await script.request('exceptionInfo', { threadId });
    },
  },
  {
    name: 'failures-without-the-filter-end-the-build',
    run: async (script) => {
      await script.launch({ target: 'broken' }, async () => {
        await script.request('setExceptionBreakpoints', { filters: [] });
      });
      await script.ended();
    },
  },
  {
    name: 'a-failure-that-the-filter-passes-over',
    run: async (script) => {
      await script.launch({ target: 'broken' }, async () => {
        await script.request('setExceptionBreakpoints', {
          filters: [],
          filterOptions: [{ filterId: 'failed', condition: 'stage == main' }],
        });
      });
      await script.ended();
    },
  },
  {
    name: 'breakpoints-follow-the-text',
    run: async (script) => {
      await stoppedAt(script, at.label);
      await script.request('setFunctionBreakpoints', { breakpoints: [{ name: 'later' }] });
      const { file } = script.project;
      const text = dockerfile
        .replace('LABEL team=lens', 'ENV ONE=1\nLABEL team=lens')
        .replaceAll('AS tools', 'AS later')
        .replace('--from=tools', '--from=later');
      await script.request('llb/source', { path: file, text, version: 1 });
    },
  },
  {
    name: 'data-breakpoints-on-paths',
    run: async (script) => {
      await script.launch({ target: 'main', stopOnEntry: true });
      const threadId = await script.stopped();
      await script.request('dataBreakpointInfo', { name: 'MODE' });
      await script.request('dataBreakpointInfo', { name: '/etc/passwd' });
      await script.request('setDataBreakpoints', {
        breakpoints: [
          { dataId: '/etc/passwd' },
          { dataId: '/app/tool', condition: 'stage == main' },
          { dataId: '/etc/os-release' },
        ],
      });
      await script.request('continue', { threadId });
      for (let stop = 0; stop < 2; stop++) {
        const thread = await script.stopped();
        await script.frames(thread);
        await script.request('continue', { threadId: thread });
      }
      await script.ended();
    },
  },
  {
    name: 'instruction-breakpoints-by-digest',
    run: async (script) => {
      await script.launch({ target: 'main', stopOnEntry: true });
      const threadId = await script.stopped();
      const [frame] = await script.frames(
        await script.go('goto', { threadId, targetId: await target(script, at.copyTool) }),
      );
      const digest = frame?.['instructionPointerReference'];
      await script.request('disassemble', {
        memoryReference: digest,
        instructionCount: 3,
        instructionOffset: -2,
      });
      await script.go('goto', { threadId, targetId: await target(script, at.label) });
      await script.request('setInstructionBreakpoints', {
        breakpoints: [{ instructionReference: digest }, { instructionReference: 'sha256:none' }],
      });
      const main = numberIn({ id: 2 }, 'id');
      await script.frames(await script.go('continue', { threadId: main }));
    },
  },
  {
    name: 'step-in-and-out-of-the-stage-that-a-step-reads',
    run: async (script) => {
      await script.launch({ target: 'main', stopOnEntry: true }, async () => {
        await script.lines(at.copyTool);
      });
      const entry = await script.stopped();
      await script.go('goto', { threadId: entry, targetId: await target(script, at.copyTool) });
      const [frame] = await script.frames(2);
      await script.request('stepInTargets', { frameId: numberIn(frame, 'id') });
      const inside = await script.go('stepIn', { threadId: 2 });
      await script.frames(inside, 9);
      await script.go('next', { threadId: inside });
      const out = await script.go('stepOut', { threadId: inside });
      await script.frames(out);
    },
  },
  {
    name: 'step-back-and-reverse-continue',
    run: async (script) => {
      const threadId = await stoppedAt(script, at.stampRun);
      await script.frames(await script.go('stepBack', { threadId }));
      await script.frames(await script.go('stepBack', { threadId }));
      await script.lines(at.label);
      await script.frames(await script.go('reverseContinue', { threadId }));
      await script.frames(await script.go('reverseContinue', { threadId }));
      await script.lines();
      await script.request('continue', { threadId });
      await script.ended();
    },
  },
  {
    name: 'goto-any-step',
    run: async (script) => {
      const threadId = await stoppedAt(script, at.label);
      const forward = await target(script, at.stampRun);
      await script.frames(await script.go('goto', { threadId, targetId: forward }));
      const back = await target(script, at.stamp);
      await script.frames(await script.go('goto', { threadId, targetId: back }));
    },
  },
  {
    name: 'run-to-a-line',
    run: async (script) => {
      await script.launch({ target: 'main', stopAt: at.heredoc + 1 });
      const threadId = await script.stopped();
      await script.frames(threadId);
      await script.request('continue', { threadId });
      await script.ended();
    },
  },
  {
    name: 'shell-at-a-line-that-the-target-does-not-need',
    run: async (script) => {
      await script.launch({ target: 'main', stopAt: at.user, openShell: true });
      const threadId = await script.stopped();
      await script.asked('runInTerminal');
      await script.frames(threadId);
    },
  },
  {
    name: 'restart-frame-runs-a-step-again',
    run: async (script) => {
      await script.launch({ target: 'broken' });
      const threadId = await script.stopped();
      for (let time = 0; time < 2; time++) {
        const frameId = await script.frame(threadId);
        await script.go('restartFrame', { frameId });
        await script.go('continue', { threadId });
      }
      await script.request('exceptionInfo', { threadId });
    },
  },
  {
    name: 'restart',
    run: async (script) => {
      const threadId = await stoppedAt(script, at.label);
      await script.request('restart', {
        arguments: { file: script.project.file, target: 'main', buildArgs: { STAMP: 'again' } },
      });
      await script.stopped();
      const frame = await script.frame(threadId + 0);
      await script.evaluate('$STAMP', 'repl', frame);
      await script.request('terminate');
      await script.ended();
    },
  },
  {
    name: 'let-the-build-finish-without-us',
    run: async (script) => {
      const out = join(script.project.folder, 'out');
      const outputs = [`type=local,dest=${out}`];
      await stoppedAt(script, at.label, { outputs });
      await script.request('disconnect', { terminateDebuggee: false });
      await script.ended();
      const exported = await readFile(join(out, 'app/stamp'), 'utf8');
      if (exported !== 'none\n') throw new Error(`exported ${exported}`);
    },
  },
  {
    name: 'environment-arguments-config-and-step',
    run: async (script) => {
      const threadId = await stoppedAt(script, at.env);
      const before = await script.frame(threadId);
      await script.scope(before, 'Arguments');
      await script.scope(before, 'Environment');
      await script.go('next', { threadId });
      await script.go('next', { threadId });
      const frames = await script.frames(threadId, 3);
      await script.scope(numberIn(frames[0], 'id'), 'Image config');
      await script.scope(numberIn(frames[0], 'id'), 'Step');
      await script.scope(numberIn(frames[2], 'id'), 'Environment');
    },
  },
  {
    name: 'set-an-argument-and-a-variable',
    run: async (script) => {
      const threadId = await stoppedAt(script, at.label);
      const environment = await script.scope(await script.frame(threadId), 'Environment');
      await script.request('setVariable', {
        variablesReference: environment.reference,
        name: 'MODE',
        value: 'set by hand',
      });
      const anew = await script.frame(threadId);
      await script.evaluate('$MODE', 'watch', anew);
      const args = await script.scope(anew, 'Arguments');
      await script.request('setVariable', {
        variablesReference: args.reference,
        name: 'STAMP',
        value: 'stamped',
      });
      const last = await script.frame(threadId);
      await script.evaluate('${STAMP}/$MODE', 'watch', last);
      const image = await script.scope(last, 'Environment');
      await script.refused('setVariable', {
        variablesReference: image.reference,
        name: 'PATH',
        value: '/bin',
      });
      await script.request('continue', { threadId });
      await script.ended();
    },
  },
  {
    name: 'files-and-changes',
    run: async (script) => {
      const threadId = await stoppedAt(script, at.copyTool);
      const [, run] = await script.frames(threadId, 2);
      const frame = numberIn(run, 'id');
      const changes = await script.scope(frame, 'Changes');
      const passwd = changes.rows.find((row) => String(row['name']).endsWith('/etc/passwd'));
      const { source } = await script.request('locations', {
        locationReference: numberIn(passwd, 'valueLocationReference'),
      });
      await script.request('source', {
        source,
        sourceReference: numberIn(passwd, 'valueLocationReference'),
      });
      const files = await script.scope(frame, 'Files');
      const root = await script.below(files, '/');
      const app = await script.below(root, 'app');
      await script.below(app, 'sub');
      await script.request('dataBreakpointInfo', {
        variablesReference: app.reference,
        name: 'sub',
      });
    },
  },
  {
    name: 'a-failed-step-with-what-it-left',
    run: async (script) => {
      await script.launch({ target: 'broken' });
      const threadId = await script.stopped();
      await script.request('exceptionInfo', { threadId });
      const frame = await script.frame(threadId);
      await script.scope(frame, 'Changes');
      await script.evaluate('cat /tmp/left; id -un; touch /cache/kept; echo $MODE', 'repl', frame);
      const files = await script.scope(frame, 'Files');
      await script.below(files, '/cache');
      await script.evaluate('rm /cache/kept', 'repl', frame);
      await script.refused('evaluate', { expression: 'NOTHING', context: 'hover', frameId: frame });
      await script.request('continue', { threadId });
      await script.ended();
    },
  },
  {
    name: 'commands-in-the-console',
    run: async (script) => {
      const threadId = await stoppedAt(script, at.stampRun);
      const frame = await script.frame(threadId);
      await script.evaluate('echo written > here; pwd', 'repl', frame);
      await script.evaluate('cat here tool; exit 4', 'repl', frame);
      await script.evaluate('${MODE:-none}-$LEVEL', 'repl', frame);
      await script.evaluate('LEVEL', 'hover', frame);
      await script.evaluate('cat tool; ls here 2>&1', 'watch', frame);
      await script.evaluate('help', 'repl', frame);
    },
  },
  {
    name: 'completions',
    run: async (script) => {
      const threadId = await stoppedAt(script, at.stampRun);
      const frameId = await script.frame(threadId);
      for (const text of ['cat /etc/pas', 'echo $MO', 'unam', 'cat to']) {
        await script.request('completions', { frameId, text, column: text.length + 1 });
      }
    },
  },
  {
    name: 'tools-from-an-image-in-an-empty-one',
    run: async (script) => {
      await script.launch(
        { target: 'empty', tools: 'docker.io/library/busybox:musl' },
        async () => {
          await script.lines(at.emptyWorkdir);
        },
      );
      const frame = await script.frame(await script.stopped());
      await script.evaluate('cat note.txt; ls /', 'repl', frame);
    },
  },
  {
    name: 'edit-and-continue',
    run: async (script) => {
      await script.launch({ target: 'broken' });
      const threadId = await script.stopped();
      const { file } = script.project;
      const worse = dockerfile.replace('exit 3', 'exit 3\nRUM nonsense');
      await script.refused('llb/source', { path: file, text: worse, version: 2 });
      await script.frames(threadId);
      const fixed = dockerfile
        .replace('exit 3', 'exit 0')
        .replace('USER app', '# Still.\nUSER app');
      await script.request('llb/source', { path: file, text: fixed, version: 3 });
      await script.frames(threadId);
      await script.request('continue', { threadId });
      await script.ended();
    },
  },
  {
    name: 'saving-goes-on-with-the-new-text',
    run: async (script) => {
      const threadId = await stoppedAt(script, at.label);
      const saved = dockerfile.replace('LABEL team=lens', 'ENV MORE=more\nLABEL team=lens');
      await writeFile(script.project.file, saved);
      await script.client.event('invalidated');
      await script.frames(threadId);
      await writeFile(script.project.file, dockerfile);
      await script.client.event('invalidated', 2);
      await script.frames(threadId);
    },
  },
  {
    name: 'stages-run-side-by-side',
    run: async (script) => {
      const pair =
        'FROM alpine AS one\nRUN touch 1\nFROM alpine AS two\nRUN touch 2\nFROM scratch\nCOPY --from=one /1 /\nCOPY --from=two /2 /\n';
      await edited(script, pair, 1, {}, async () => {
        await script.lines(2, 4);
      });
      // Both stop, each at its own step; which one comes first is not ours to say.
      await script.stopped();
      await script.stopped();
      await script.request('threads');
      await script.frames(1);
      await script.frames(2);
      await script.request('continue', { threadId: 2 });
      await script.request('pause', { threadId: 3 });
      await script.frames(await script.stopped());
      await script.request('continue', { threadId: 3 });
      await script.request('continue', { threadId: 1 });
      await script.ended();
    },
  },
  {
    // Each of the two waits for what the other one writes: one after the other, neither would end.
    name: 'stages-run-at-the-same-time',
    run: async (script) => {
      const stage = (own: string, other: string) =>
        `FROM alpine AS ${own}\nARG STAMP\nRUN --mount=type=cache,id=meet-$STAMP,target=/meet touch /meet/${own}; ` +
        `for i in $(seq 300); do [ -e /meet/${other} ] && exit 0; sleep 0.1; done; exit 1\n`;
      const text = `${stage('one', 'two')}${stage('two', 'one')}FROM scratch\nCOPY --from=one /etc/os-release /1\nCOPY --from=two /etc/os-release /2\n`;
      await edited(script, text, 1, { buildArgs: { STAMP: String(Date.now()) } }, async () => {
        await script.lines(3, 6);
      });
      await script.stopped();
      await script.stopped();
      await script.request('continue', { threadId: 1 });
      await script.request('continue', { threadId: 2 });
      await script.ended();
    },
  },
  {
    name: 'commands-with-all-mounts-of-their-step',
    run: async (script) => {
      const { folder, socket } = script.project;
      const mounts = [
        'type=secret,id=file',
        'type=secret,id=variable,env=TOKEN',
        'type=ssh',
        'type=cache,target=/cache',
        'type=tmpfs,target=/scratch',
        'type=bind,from=data,source=/told,target=/given',
      ];
      const text =
        'FROM alpine AS data\nRUN echo from another stage > /told\n' +
        'FROM alpine\nENV WHO=me\nWORKDIR /work\nUSER 1000\n' +
        `RUN --network=none ${mounts.map((one) => `--mount=${one}`).join(' ')} true\n`;
      const secrets = [
        { id: 'file', file: join(folder, 'note.txt') },
        { id: 'variable', env: 'PROJECT_TOKEN' },
      ];
      await edited(script, text, 1, { secrets, ssh: [`default=${socket}`] }, async () => {
        await script.lines(7);
      });
      const frame = await script.frame(await script.stopped());
      const look = [
        'id -u; pwd; echo $WHO $TOKEN; cat /given',
        'ls -l /run/secrets/file | cut -c1-10',
        'grep -cE " /(cache|scratch) " /proc/mounts',
        'ls /sys/class/net; [ -S "$SSH_AUTH_SOCK" ] && echo agent',
      ];
      for (const line of look) await script.evaluate(line, 'repl', frame);
    },
  },
  {
    name: 'several-shells-in-terminals-of-the-client',
    run: async (script) => {
      await script.request('llb/ownTerminals');
      await script.launch({ target: 'broken' });
      const threadId = await script.stopped();
      const nodes = await script.nodes();
      await script.request('llb/shell', { threadId });
      await script.request('llb/shell', { digest: nodes('RUN echo tool') });
      await script.evaluate('shell', 'repl', await script.frame(threadId, 1));
      const [failed, after, above] = [
        await script.shell(1),
        await script.shell(2),
        await script.shell(3),
      ];
      // All three are there at once.
      await failed.answers('cat /tmp/left; id -un; echo $MODE', 'partial', 'app', 'main');
      await after.answers('pwd; cat tool; echo $MODE', '/tools', 'tool', 'tools');
      await above.answers('id -un; ls -d /tmp/left', 'app', 'ls: /tmp/left: No such file');
      await failed.answers('echo still here', 'still here');
    },
  },
  {
    name: 'a-thread-for-each-platform',
    run: async (script) => {
      const text = 'FROM alpine AS files\nCOPY note.txt /\nENV DONE=1\n';
      const platforms = ['linux/amd64', 'linux/arm64'];
      await edited(script, text, 1, { platforms }, async () => {
        await script.lines(2);
        await script.request('setFunctionBreakpoints', {
          breakpoints: [{ name: 'files (linux/arm64)', condition: 'platform == linux/arm64' }],
        });
      });
      await script.stopped();
      await script.stopped();
      await script.request('threads');
      await script.request('continue', { threadId: 1 });
      await script.go('continue', { threadId: 2 });
      await script.frames(2);
      await script.request('continue', { threadId: 2 });
      await script.ended();
    },
  },
  {
    name: 'tools-from-a-folder-in-an-empty-image',
    run: async (script) => {
      await script.launch({ target: 'empty', toolsFolder: script.project.tools }, async () => {
        await script.lines(at.emptyWorkdir);
      });
      const frame = await script.frame(await script.stopped());
      await script.evaluate('cat note.txt; echo $PATH', 'repl', frame);
    },
  },
  {
    name: 'llb-without-a-source',
    run: async (script) => {
      await script.client.launch({ file: script.project.llb, stopOnEntry: true });
      const threadId = await script.stopped();
      const [frame] = await script.frames(threadId);
      await script.request('disassemble', {
        memoryReference: frame?.['instructionPointerReference'],
        instructionCount: 4,
      });
      const source = frame?.['source'];
      await script.request('source', { source, sourceReference: referenceOf(source) });
      await script.frames(await script.go('next', { threadId }));
      const at = await script.frame(threadId);
      await script.evaluate('cat /etc/os-release | head -1', 'repl', at);
      await script.request('continue', { threadId });
      await script.ended();
    },
  },
  {
    name: 'a-bake-target',
    run: async (script) => {
      await script.client.launch({
        bake: { target: 'app', files: [script.project.bake] },
        stopOnEntry: true,
      });
      const threadId = await script.stopped();
      await script
        .evaluate('${STAMP}', 'watch', await script.frame(threadId))
        .catch(() => undefined);
      await script.frames(
        await script.go('goto', { threadId, targetId: await target(script, at.label) }),
      );
      await script.evaluate('${STAMP}', 'watch', await script.frame(2));
    },
  },
  {
    name: 'a-remote-builder',
    run: async (script) => {
      const threadId = await stoppedAt(script, at.stampRun, {
        builder: script.surroundings.remote,
      });
      const frame = await script.frame(threadId);
      await script.evaluate('cat tool; pwd', 'repl', frame);
      await script.request('continue', { threadId });
      await script.ended();
    },
  },
  attachToAFailedBuild(),
  attachToABuildOfBuildx(),
  ...hints(),
];

function attachToAFailedBuild(): RecordedSession {
  let buildId: unknown;
  return {
    name: 'attach-to-a-failed-build',
    prepare: async (script) => {
      await script.launch({ target: 'broken', noDebug: true });
      ({ buildId } = await script.client.event('llb.end'));
    },
    run: async (script) => {
      await script.client.attach({ history: buildId });
      const threadId = await script.stopped();
      await script.frames(threadId);
      await script.request('exceptionInfo', { threadId });
    },
  };
}

/** buildx keeps which folder and file a build was made from; nothing else has to be said. */
function attachToABuildOfBuildx(): RecordedSession {
  let buildId: string | undefined;
  return {
    name: 'attach-to-a-failed-build-of-buildx',
    prepare: async ({ project, surroundings: { env } }) => {
      const args = ['buildx', 'build', '--target', 'broken', '--build-arg', 'STAMP=theirs'];
      const { status } = spawnSync('docker', [...args, project.folder], { env });
      if (status !== 1) throw new Error(`docker buildx build ended with ${status ?? 'a signal'}`);
      const refs = await readdir(join(project.buildx, 'refs/default/default'));
      buildId = refs.at(-1);
    },
    run: async (script) => {
      await script.client.attach({ history: buildId });
      const threadId = await script.stopped();
      await script.frames(threadId);
      await script.evaluate('$STAMP', 'watch', await script.frame(threadId));
    },
  };
}

function referenceOf(source: unknown): number {
  return numberIn(
    typeof source === 'object' && source !== null ? { ...source } : {},
    'sourceReference',
  );
}

/** A number that stands for the statement of a line. */
async function target(script: Script, line: number): Promise<number> {
  const { targets } = await script.request('gotoTargets', {
    source: { path: script.project.file },
    line,
  });
  const list: readonly unknown[] = Array.isArray(targets) ? targets : [];
  const [first] = list;
  return numberIn(typeof first === 'object' && first !== null ? { ...first } : {}, 'id');
}

/** Launches with a text that is not saved. */
async function edited(
  script: Script,
  text: string,
  version: number,
  attributes = {},
  configure?: () => Promise<void>,
): Promise<void> {
  await script.request('llb/source', { path: script.project.file, text, version });
  await script.launch(attributes, configure);
}

/** Failures whose cause can be told. */
function hints(): RecordedSession[] {
  const cases: readonly (readonly [name: string, text: string])[] = [
    ['command-not-found', 'FROM alpine\nRUN nonsense --now\n'],
    [
      'file-that-only-a-stage-has-not',
      'FROM alpine AS other\nRUN true\nFROM alpine\nCOPY --from=other /kept-out.txt /\n',
    ],
    ['killed', "FROM alpine\nRUN sh -c 'kill -9 $$'; exit $?\n"],
    ['wrong-format', 'FROM alpine\nRUN printf x > /x && chmod +x /x\nRUN ["/x"]\n'],
    ['file-that-dockerignore-keeps-out', 'FROM alpine\nCOPY kept-out.txt /\n'],
    ['file-that-is-not-there', 'FROM alpine\nCOPY nowhere.txt /\n'],
    ['network-none', 'FROM alpine\nRUN --network=none wget -q http://example.invalid/\n'],
    ['permission', 'FROM alpine\nUSER 1000\nRUN touch /bin/mine\n'],
  ];
  return cases.map(([name, text]) => ({
    name: `hint-${name}`,
    run: async (script) => {
      await edited(script, text, 1);
      const threadId = await script.stopped();
      await script.request('exceptionInfo', { threadId });
    },
  }));
}
