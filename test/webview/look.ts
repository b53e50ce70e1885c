/** Draws the page in every theme and situation: `npx tsx test/webview/look.ts FOLDER`. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeStatus } from '../../proto/model/build-graph';
import { context, startWorkbench } from './page';
import type { View } from './page';
import {
  allStates,
  closure,
  derivation,
  graphNode,
  graphOf,
  manyStages,
  midBuild,
  smallDerivation,
  START,
  webShop,
} from './sample-graph';
import type { ThemeName } from './themes';

const folder = process.argv[2] ?? 'look';
const only = process.argv[3];
const building = {
  ...context,
  build: { state: 'running', text: 'Building… 15 s' },
} as const;

const log = [
  '\u001b[1m> shop@2.0.0 build\u001b[0m',
  '> vite build',
  '',
  '\u001b[36mvite v7.1.3 \u001b[32mbuilding for production...\u001b[39m',
  'transforming...',
  '\u001b[32m✓\u001b[39m 1184 modules transformed.',
  '\u001b[2mdist/\u001b[22m\u001b[35massets/index-B7PI925R.js   \u001b[39m\u001b[1m  143.90 kB\u001b[22m',
  '\u001b[33mwarning:\u001b[39m some chunks are larger than 500 kB',
  '\u001b[41;97m ERROR \u001b[0m nothing, really',
].join('\n');

const scenes: Readonly<
  Record<
    string,
    { theme?: ThemeName; width?: number; height?: number; play: (view: View) => Promise<void> }
  >
> = {
  'dark-building': { play: showBuild },
  'light-building': { theme: 'light', play: showBuild },
  'hc-building': { theme: 'high-contrast', play: showBuild },
  'hc-light-building': { theme: 'high-contrast-light', play: showBuild },
  'dark-details': { play: (view) => inspect(view, 'install', 'Details') },
  'light-log': { theme: 'light', play: (view) => inspect(view, 'install', 'Log') },
  'dark-log': { play: (view) => inspect(view, 'install', 'Log') },
  'dark-files': { play: (view) => inspect(view, 'install', 'Files') },
  'hc-details': { theme: 'high-contrast', play: (view) => inspect(view, 'install', 'Details') },
  'light-narrow': {
    theme: 'light',
    width: 560,
    play: (view) => inspect(view, 'install', 'Details'),
  },
  'dark-states': { play: showStates },
  'light-states': { theme: 'light', play: showStates },
  'hc-states': { theme: 'high-contrast', play: showStates },
  'dark-empty': {
    play: (view) => view.send({ type: 'snapshot', version: 0, graph: graphOf([]), context }),
  },
  'dark-notices': {
    play: (view) =>
      show(view, {
        type: 'snapshot',
        version: 0,
        graph: {
          ...graphOf(webShop),
          notes: ['ONBUILD triggers of node:22 are not known offline.'],
        },
        context: {
          ...context,
          builder: { state: 'unavailable', text: 'Start Docker, or choose another builder.' },
        },
      }),
  },
  'light-untrusted': {
    theme: 'light',
    play: (view) =>
      show(view, {
        type: 'snapshot',
        version: 0,
        graph: graphOf(webShop),
        context: { ...context, trusted: false },
      }),
  },
  'light-search': { theme: 'light', play: find },
  'hc-search': { theme: 'high-contrast', play: find },
  'dark-critical': {
    play: async (view) => {
      await showBuild(view);
      await view.page.getByRole('button', { name: 'critical path' }).click();
      await view.page.waitForTimeout(300);
    },
  },
  'dark-legend': {
    play: async (view) => {
      await showBuild(view);
      await view.page.getByRole('button', { name: 'Legend' }).click();
    },
  },
  'dark-new': {
    play: async (view) => {
      await showBuild(view);
      const added = graphNode({
        id: 'test',
        kind: 'exec',
        name: 'RUN npm test',
        group: 'build',
        inputs: ['lint'],
      });
      const compile = graphNode({
        id: 'compile',
        kind: 'exec',
        name: 'RUN npm run build',
        group: 'build',
        inputs: ['test'],
      });
      await view.send({
        type: 'patch',
        base: 0,
        version: 1,
        patch: {
          upserts: [added, compile],
          order: webShop.flatMap(({ id }) => (id === 'compile' ? ['test', 'compile'] : [id])),
        },
      });
      await view.page.locator('[data-node=test]').waitFor();
      await view.page.waitForTimeout(500);
    },
  },
  'dark-many': {
    play: (view) =>
      show(view, { type: 'snapshot', version: 0, graph: graphOf(manyStages(12, 8)), context }),
  },
  'light-huge': {
    theme: 'light',
    play: async (view) => {
      await show(view, {
        type: 'snapshot',
        version: 0,
        graph: graphOf(manyStages(60, 8)),
        context,
      });
      await view.page.getByRole('button', { name: 'Fit the whole' }).click();
      await view.page.waitForTimeout(500);
    },
  },
  'dark-beside': { width: 620, height: 860, play: showBuild },
  'dark-beside-inspector': {
    width: 620,
    height: 860,
    play: (view) => inspect(view, 'install', 'Details'),
  },
  'light-derivation': {
    theme: 'light',
    width: 1000,
    height: 860,
    play: (view) =>
      show(view, { type: 'snapshot', version: 0, graph: graphOf(derivation), context }),
  },
  'light-timeline': { theme: 'light', play: (view) => timeline(view) },
  'dark-timeline-joined': { play: joined },
  'hc-timeline-joined': { theme: 'high-contrast', play: joined },
  'hc-timeline': { theme: 'high-contrast', play: (view) => timeline(view) },
  'dark-menu': {
    play: async (view) => {
      await show(view, {
        type: 'snapshot',
        version: 0,
        graph: graphOf(manyStages(12, 8)),
        context,
      });
      await view.page.getByRole('button', { name: 'What to show' }).click();
      await view.page.getByRole('radio', { name: 'Left to right' }).check();
      await view.page.waitForTimeout(600);
    },
  },
  'dark-prediction': { width: 760, height: 900, play: predict },
  'light-prediction': { theme: 'light', width: 760, height: 900, play: predict },
  'hc-prediction': { theme: 'high-contrast', width: 760, height: 900, play: predict },
  'dark-compare': { width: 760, height: 900, play: compare },
  'light-compare': { theme: 'light', play: compare },
  'hc-compare': { theme: 'high-contrast', width: 510, height: 770, play: compare },
  'dark-changes': { play: (view) => inspect(view, 'install', 'Changes') },
  'light-small-derivation': {
    theme: 'light',
    width: 510,
    height: 770,
    play: (view) =>
      show(view, { type: 'snapshot', version: 0, graph: graphOf(smallDerivation), context }),
  },
  'dark-beside-column': { width: 510, height: 770, play: showBuild },
  'light-closure': {
    theme: 'light',
    play: (view) =>
      show(view, { type: 'snapshot', version: 0, graph: graphOf(closure(250)), context }),
  },
  'dark-closure-5000': { play: (view) => showLarge(view) },
  'hc-closure-5000': { theme: 'high-contrast', play: (view) => showLarge(view) },
  'light-closure-5000-near': {
    theme: 'light',
    play: async (view) => {
      await showLarge(view);
      await view.page.getByRole('button', { name: 'Search' }).click();
      await view.page.keyboard.type('package-3000-');
      await view.page.keyboard.press('Enter');
      await view.page.waitForTimeout(800);
    },
  },
  'light-closure-5000-all': {
    theme: 'light',
    play: async (view) => {
      await showLarge(view);
      await view.page.getByRole('button', { name: 'What to show' }).click();
      await view.page.getByRole('combobox', { name: 'Show' }).selectOption('0');
      await view.page.waitForTimeout(1500);
      await view.page.locator('[data-layout=done]').waitFor({ timeout: 30_000 });
      await view.page.getByRole('button', { name: 'Fit the whole' }).click();
      await view.page.waitForTimeout(800);
    },
  },
  'dark-platforms': { play: (view) => platforms(view, 2) },
  'dark-four-platforms': { play: (view) => platforms(view, 4) },
  'hc-four-platforms': { theme: 'high-contrast', play: (view) => platforms(view, 4) },
  'dark-forty-stages': { play: fortyStages },
  'hc-forty-stages': { theme: 'high-contrast', play: fortyStages },
  'hc-light-forty-stages': { theme: 'high-contrast-light', play: fortyStages },
  'light-op': {
    theme: 'light',
    play: async (view) => {
      await inspect(view, 'install', 'Details');
      await view.page.getByText('Operation as JSON').click();
      const json = JSON.stringify(
        { exec: { meta: { args: ['/bin/sh', '-c', 'npm ci'] } } },
        null,
        2,
      );
      await view.send({ type: 'op', node: 'install', json });
      await view.page.getByText('Operation as JSON').scrollIntoViewIfNeeded();
      await view.page.waitForTimeout(300);
    },
  },
  'dark-small': {
    width: 620,
    height: 860,
    play: (view) =>
      show(view, { type: 'snapshot', version: 0, graph: graphOf(webShop.slice(1, 5)), context }),
  },
  'dark-huge': {
    play: (view) =>
      show(view, { type: 'snapshot', version: 0, graph: graphOf(manyStages(60, 8)), context }),
  },
};

async function show(view: View, message: Parameters<View['send']>[0]): Promise<void> {
  await view.send(message);
  await view.page.locator('[data-layout=done]').waitFor({ timeout: 20_000 });
  await view.page.waitForTimeout(300);
}

/** A closure in the middle of its build. */
async function showLarge(view: View): Promise<void> {
  const specs = closure(5000);
  const states: readonly NodeStatus['state'][] = ['cached', 'done', 'running', 'queued'];
  const status = Object.fromEntries(
    specs.map(({ id }, index): [string, NodeStatus] => {
      const part = index < 3500 ? 0 : index < 4900 ? 1 : index < 4912 ? 2 : 3;
      const state = states[part] ?? 'queued';
      return [id, part === 1 ? { state, started: START, completed: START + 4000 } : { state }];
    }),
  );
  const graph = { ...graphOf(specs, status), results: ['p4999'] };
  await show(view, { type: 'snapshot', version: 0, graph, context: building });
}

const PLATFORMS = ['linux/amd64', 'linux/arm64', 'linux/riscv64', 'linux/s390x'] as const;

/** The same stages for several platforms. */
async function platforms(view: View, count: number): Promise<void> {
  const each = PLATFORMS.slice(0, count).flatMap((platform) =>
    webShop.slice(1).map((spec) => ({
      ...spec,
      id: `${spec.id} ${platform}`,
      platform,
      inputs: (spec.inputs ?? []).map((input) =>
        input.endsWith('context') ? input : input.replace(/^((?:\w+:)?\w+)/, `$1 ${platform}`),
      ),
    })),
  );
  const graph = graphOf([...webShop.slice(0, 1), ...each]);
  await show(view, { type: 'snapshot', version: 0, graph, context });
}

async function showBuild(view: View): Promise<void> {
  await show(view, {
    type: 'snapshot',
    version: 0,
    graph: graphOf(webShop, midBuild),
    context: building,
  });
}

async function fortyStages(view: View): Promise<void> {
  const graph = graphOf(manyStages(40, 4));
  await show(view, { type: 'snapshot', version: 0, graph, context });
}

/** A build that joined steps which another one had begun. */
async function joined(view: View): Promise<void> {
  await timeline(view, (started) => (started < START + 6000 ? { joined: START + 6000 } : {}));
}

async function timeline(
  view: View,
  more: (started: number) => Partial<NodeStatus> = () => ({}),
): Promise<void> {
  const status = Object.fromEntries(
    Object.entries(midBuild).map(([id, { state }], index) => [
      id,
      {
        state: state === 'running' || state === 'queued' ? 'done' : state,
        started: START + Math.floor(index / 2) * 4000,
        completed: START + Math.floor(index / 2) * 4000 + 1500 + ((index * 1777) % 5200),
        ...more(START + Math.floor(index / 2) * 4000),
      } as const,
    ]),
  );
  await show(view, { type: 'snapshot', version: 0, graph: graphOf(webShop, status), context });
  await view.page.getByRole('button', { name: 'Timeline' }).click();
  await view.page.locator('[data-bar=install]').click();
  await view.page.waitForTimeout(400);
}

async function find(view: View): Promise<void> {
  await showBuild(view);
  await view.page.getByRole('button', { name: 'Search' }).click();
  await view.page.keyboard.type('stage:build');
  await view.page.keyboard.press('Enter');
  await view.page.waitForTimeout(400);
}

/** The builds that {@link predict} and {@link compare} look at. */
function foretold(): Record<string, NodeStatus> {
  const status: Record<string, NodeStatus> = { ...midBuild };
  const run = {
    outcome: 'run',
    duration: 12_400,
    reasons: [{ kind: 'file.changed', values: ['package.json'] }],
  } as const;
  const built = { state: 'done', started: START, completed: START + 2100 } as const;
  for (const id of Object.keys(status))
    status[id] = { ...built, prediction: { outcome: 'cached' } };
  status['manifest'] = {
    ...built,
    prediction: run,
    difference: { kind: 'changed', reasons: [{ kind: 'file.changed', values: ['package.json'] }] },
  };
  for (const id of ['install', 'sources', 'lint', 'compile'])
    status[id] = {
      ...built,
      prediction: {
        ...run,
        reasons: [{ kind: 'rests', values: ['COPY package.json package-lock.json ./'] }],
      },
      difference: { kind: 'affected', reasons: [], root: 'manifest' },
    };
  status['nginx'] = { state: 'predicted-cached', prediction: { outcome: 'cached' } };
  status['config'] = { state: 'predicted-run', prediction: { outcome: 'run', duration: 3000 } };
  status['assets'] = { ...built, prediction: { outcome: 'unknown' } };
  return status;
}

async function predict(view: View): Promise<void> {
  await show(view, {
    type: 'snapshot',
    version: 0,
    graph: graphOf(webShop, foretold()),
    context: { ...context, prediction: { cached: 8, run: 5, unknown: 1, duration: 41_000 } },
  });
  await view.page.locator('[data-node=install]').click();
  await view.send({
    type: 'times',
    node: 'install',
    runs: Array.from({ length: 14 }, (_, index) => ({
      finished: START - index * 3_600_000,
      state: index % 4 === 1 ? 'cached' : index === 6 ? 'failed' : 'done',
      duration: 8000 + ((index * 2777) % 9000),
    })),
  });
  await view.page.waitForTimeout(500);
}

async function compare(view: View): Promise<void> {
  await show(view, {
    type: 'snapshot',
    version: 0,
    graph: graphOf(webShop, foretold()),
    context: { ...context, build: { state: 'succeeded', text: 'Built' }, prediction: allCached },
  });
  const affected = ['install', 'sources', 'lint', 'compile'].flatMap((id) =>
    webShop.flatMap((node) => (node.id === id ? [{ node: id, name: node.name }] : [])),
  );
  await view.send({
    type: 'context',
    context: {
      ...context,
      build: { state: 'succeeded', text: 'Built' },
      prediction: allCached,
      comparison: {
        earlier: START - 3_600_000,
        later: START,
        causes: [
          {
            step: { node: 'manifest', name: 'COPY package.json package-lock.json ./' },
            kind: 'changed',
            reasons: [
              { kind: 'file.changed', values: ['package.json'] },
              { kind: 'file.new', values: ['.npmrc'] },
            ],
            affected,
            duration: 41_200,
          },
          {
            step: { node: 'config', name: 'COPY deploy/nginx.conf /etc/nginx/nginx.conf' },
            kind: 'unexplained',
            reasons: [{ kind: 'unexplained', values: [] }],
            affected: [],
            duration: 300,
          },
        ],
        removed: ['RUN npm audit'],
        cached: 6,
      },
    },
  });
  await view.page.waitForTimeout(600);
}

const allCached = { cached: 14, run: 0, unknown: 0 };

async function showStates(view: View): Promise<void> {
  const status = Object.fromEntries(
    allStates.map(({ id, state }): [string, NodeStatus] => [
      id,
      {
        state,
        started: START,
        completed: START + 4200,
        ...(id === 'done'
          ? { warnings: [{ text: 'One' }, { text: 'Two' }, { text: 'Three' }], fromLastBuild: true }
          : {}),
        ...(id === 'failed' ? { error: 'exit code: 1' } : {}),
      },
    ]),
  );
  await show(view, { type: 'snapshot', version: 0, graph: graphOf(allStates, status), context });
}

async function inspect(view: View, node: string, tab: string): Promise<void> {
  await showBuild(view);
  await view.page.locator(`[data-node=${node}]`).click();
  await view.page.getByRole('tab', { name: tab }).click();
  if (tab === 'Log') {
    await view.send({ type: 'log', node, from: 0, text: log, next: 900 });
  }
  if (tab === 'Changes') {
    const entry = { name: 'x', kind: 'file', mode: 0o644, size: 4096, modified: START } as const;
    await view.send({
      type: 'changes',
      node,
      partial: false,
      changes: [
        { path: '/app/node_modules', change: 'added', after: { ...entry, kind: 'directory' } },
        { path: '/app/node_modules/.package-lock.json', change: 'added', after: entry },
        {
          path: '/app/package-lock.json',
          change: 'changed',
          before: { ...entry, size: 612_000 },
          after: { ...entry, size: 612_345, mode: 0o600 },
        },
        { path: '/tmp/install.sock', change: 'removed', before: entry },
      ],
    });
  }
  if (tab === 'Files') {
    const entry = { mode: 0o755, size: 4096, modified: START };
    await view.send({
      type: 'layer',
      node,
      path: '/',
      entries: [
        { ...entry, name: 'app', kind: 'directory' },
        { ...entry, name: 'etc', kind: 'directory' },
        { ...entry, name: 'bin', kind: 'symlink', linkTarget: 'usr/bin', mode: 0o777 },
        { ...entry, name: 'init.sh', kind: 'file', size: 1893 },
      ],
    });
    await view.page.locator('[data-path="/app"]').click();
    await view.send({
      type: 'layer',
      node,
      path: '/app',
      entries: [
        { ...entry, name: 'node_modules', kind: 'directory' },
        { ...entry, name: 'package.json', kind: 'file', size: 1_240, mode: 0o644 },
        { ...entry, name: 'package-lock.json', kind: 'file', size: 612_345, mode: 0o644 },
      ],
    });
  }
  await view.page.waitForTimeout(400);
}

async function main(): Promise<void> {
  await mkdir(folder, { recursive: true });
  const workbench = await startWorkbench();
  try {
    for (const [name, { play, ...options }] of Object.entries(scenes)) {
      if (only !== undefined && !name.includes(only)) continue;
      const view = await workbench.open(options);
      await play(view);
      await view.page.screenshot({ path: join(folder, `${name}.png`) });
      console.log(name, view.problems.length === 0 ? '' : view.problems);
      await view.close();
    }
  } finally {
    await workbench.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
