/** Build graphs for looking at the page: a usual multi-stage build and its states. */
import type {
  BuildGraph,
  EdgeKind,
  GraphNode,
  NodeKind,
  NodeState,
  NodeStatus,
} from '../../proto/model/build-graph';
import { nodeStates } from '../../proto/model/build-graph';
import { digestOf } from '../../proto/model/digest';

export type NodeSpec = {
  readonly id: string;
  readonly kind: NodeKind;
  readonly name: string;
  readonly group?: string;
  /** Input node ids; `copy:` and `mount:` prefixes give the kind, `=` a label. */
  readonly inputs?: readonly string[];
  readonly platform?: string;
  readonly internal?: boolean;
  readonly line?: number;
};

export function graphNode(spec: NodeSpec): GraphNode {
  const digest = digestOf(new TextEncoder().encode(`${spec.id} ${spec.name}`));
  const line = spec.line ?? 0;
  return {
    id: spec.id,
    digest,
    neutralDigest: digest,
    kind: spec.kind,
    name: spec.name,
    fullName: spec.group === undefined ? spec.name : `[${spec.group} 1/4] ${spec.name}`,
    ...(spec.group === undefined ? {} : { group: spec.group }),
    ...(spec.platform === undefined ? {} : { platform: spec.platform }),
    inputs: (spec.inputs ?? []).map((text) => {
      const [target = '', label] = text.split('=');
      const kind: EdgeKind = target.startsWith('copy:')
        ? 'copy'
        : target.startsWith('mount:')
          ? 'mount'
          : 'input';
      const node = target.replace(/^(copy|mount):/, '');
      return { node, kind, ...(label === undefined ? {} : { label }) };
    }),
    ranges:
      line === 0 ? [] : [{ source: 0, start: { line, character: 0 }, end: { line, character: 0 } }],
    details:
      spec.kind === 'exec'
        ? [
            { label: 'Command', value: spec.name.replace(/^RUN /, '') },
            { label: 'Working directory', value: '/app' },
            {
              label: 'Environment',
              value: 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin',
            },
            { label: 'Environment', value: 'NODE_ENV=production' },
          ]
        : [{ label: 'Source', value: spec.name }],
    internal: spec.internal ?? false,
    uncertain: false,
  };
}

export function graphOf(
  specs: readonly NodeSpec[],
  status: Readonly<Record<string, NodeStatus>> = {},
): BuildGraph {
  const nodes = specs.map(graphNode);
  const groups = [...new Set(nodes.flatMap((node) => node.group ?? []))];
  const last = nodes.at(-1);
  return {
    nodes,
    groups: groups.map((id) => ({ id, name: id, kind: 'stage' })),
    sources: [{ filename: 'Dockerfile', language: 'Dockerfile', uri: 'file:///ws/Dockerfile' }],
    results: last === undefined ? [] : [last.id],
    status,
    notes: [],
  };
}

const digest = 'a'.repeat(64);

export const webShop: readonly NodeSpec[] = [
  { id: 'context', kind: 'local', name: '[internal] load build context', internal: true },
  {
    id: 'node',
    kind: 'image',
    name: `FROM docker.io/library/node:22-alpine@sha256:${digest}`,
    group: 'deps',
    platform: 'linux/amd64',
    line: 2,
  },
  { id: 'workdir', kind: 'file', name: 'WORKDIR /app', group: 'deps', inputs: ['node'], line: 3 },
  {
    id: 'manifest',
    kind: 'file',
    name: 'COPY package.json package-lock.json ./',
    group: 'deps',
    inputs: ['workdir', 'copy:context=package.json'],
    line: 4,
  },
  {
    id: 'install',
    kind: 'exec',
    name: 'RUN --mount=type=cache,target=/root/.npm npm ci --no-audit',
    group: 'deps',
    inputs: ['manifest'],
    line: 5,
  },
  {
    id: 'sources',
    kind: 'file',
    name: 'COPY . .',
    group: 'build',
    inputs: ['install', 'copy:context=/'],
    line: 8,
  },
  {
    id: 'lint',
    kind: 'exec',
    name: 'RUN npm run lint',
    group: 'build',
    inputs: ['sources'],
    line: 9,
  },
  {
    id: 'compile',
    kind: 'exec',
    name: 'RUN npm run build',
    group: 'build',
    inputs: ['lint'],
    line: 10,
  },
  {
    id: 'assets',
    kind: 'http',
    name: 'ADD https://example.org/fonts.tar.gz /fonts',
  },
  {
    id: 'nginx',
    kind: 'image',
    name: 'FROM docker.io/library/nginx:1.29-alpine',
    group: 'runtime',
    platform: 'linux/amd64',
    line: 13,
  },
  {
    id: 'config',
    kind: 'file',
    name: 'COPY deploy/nginx.conf /etc/nginx/conf.d/default.conf',
    group: 'runtime',
    inputs: ['nginx', 'copy:context=deploy/nginx.conf'],
    line: 14,
  },
  {
    id: 'dist',
    kind: 'file',
    name: 'COPY --from=build /app/dist /usr/share/nginx/html',
    group: 'runtime',
    inputs: ['config', 'copy:compile=/app/dist'],
    line: 15,
  },
  {
    id: 'fonts',
    kind: 'file',
    name: 'COPY --from=fonts / /usr/share/fonts',
    group: 'runtime',
    inputs: ['dist', 'copy:assets=/'],
    line: 16,
  },
  {
    id: 'check',
    kind: 'exec',
    name: 'RUN --mount=type=bind,from=build,target=/src nginx -t && ls /src',
    group: 'runtime',
    inputs: ['fonts', 'mount:compile=/src'],
    line: 17,
  },
];

export const START = Date.UTC(2026, 10, 21, 12, 0, 0);

const ran = (state: NodeState, seconds: number, more: Partial<NodeStatus> = {}): NodeStatus => ({
  state,
  started: START,
  completed: START + seconds * 1000,
  ...more,
});

/** The build a little before its end: cached, done, running, failed and waiting steps. */
export const midBuild: Readonly<Record<string, NodeStatus>> = {
  context: ran('done', 0.3),
  node: ran('cached', 0),
  workdir: ran('cached', 0),
  manifest: ran('cached', 0),
  install: ran('done', 12.4, { logBytes: 900 }),
  sources: ran('done', 0.2),
  lint: ran('done', 3.1, {
    warnings: [
      {
        text: "FromAsCasing: 'as' and 'FROM' keywords' casing do not match",
        url: 'https://docs.docker.com/go/dockerfile/rule/from-as-casing/',
      },
      { text: 'No config for the linter was found' },
    ],
  }),
  compile: { state: 'running', started: START, logBytes: 40 },
  assets: {
    state: 'running',
    started: START,
    progress: [
      { id: 'a', name: 'fonts.tar.gz', current: 6_300_000, total: 9_800_000, completed: false },
    ],
  },
  nginx: ran('cached', 0),
  config: ran('done', 0.1),
  dist: { state: 'queued' },
  fonts: { state: 'queued' },
  check: { state: 'queued' },
};

/** Every state side by side. */
export const allStates: readonly (NodeSpec & { readonly state: NodeState })[] = [
  ...nodeStates.map((state) => ({
    id: state,
    state,
    kind: 'exec' as const,
    name: `RUN step ${state}`,
  })),
];

/** A chain of stages, each copying from the one before. */
export function manyStages(stages: number, steps: number): readonly NodeSpec[] {
  const specs: NodeSpec[] = [
    { id: 'context', kind: 'local', name: '[internal] load build context' },
  ];
  for (let stage = 0; stage < stages; stage += 1) {
    for (let step = 0; step < steps; step += 1) {
      const id = `${stage}.${step}`;
      specs.push({
        id,
        kind: step === 0 ? 'image' : step === 1 ? 'file' : 'exec',
        name:
          step === 0 ? `FROM alpine:3.${stage}` : step === 1 ? 'COPY . /src' : `RUN make ${step}`,
        group: `stage-${stage}`,
        inputs: [
          ...(step > 0 ? [`${stage}.${step - 1}`] : []),
          ...(step === 1 ? ['copy:context=/'] : []),
          ...(step === 2 && stage > 0 ? [`copy:${stage - 1}.${steps - 1}=/out`] : []),
        ],
      });
    }
  }
  return specs;
}

/** Packages that each need some before them, as a derivation's closure has them: no groups, no stages. */
export const derivation: readonly NodeSpec[] = [
  'bootstrap-tools',
  'gcc-wrapper',
  'glibc',
  'zlib',
  'openssl',
  'ncurses',
  'readline',
  'bash',
  'perl',
  'python3',
  'curl',
  'hello-2.12.1',
].map((name, index, names) => ({
  id: name,
  kind: 'exec',
  name: `${name}.drv`,
  inputs: [1, 2, 5].flatMap((back) => names[index - back] ?? []),
}));

/** A derivation with three inputs, as its graph looks: many small sources and one line of builds. */
export const smallDerivation: readonly NodeSpec[] = [
  { id: 'tools', kind: 'image', name: 'load docker.io/library/busybox:musl', line: 1 },
  { id: 'sandbox', kind: 'file', name: 'make the sandbox', inputs: ['tools'] },
  { id: 'runner', kind: 'file', name: 'add the runner', inputs: ['tools'] },
  { id: 'store', kind: 'file', name: 'make an empty store', inputs: ['tools'] },
  { id: 'letters.sh', kind: 'local', name: 'load source letters.sh' },
  {
    id: 'text',
    kind: 'file',
    name: 'write files for card',
    inputs: ['sandbox', 'mount:runner'],
  },
  ...['greeting', 'letters'].map((name): NodeSpec => ({
    id: name,
    kind: 'exec',
    name: `build ${name}`,
    platform: 'linux/amd64',
    inputs: ['sandbox', 'mount:runner', 'mount:store', 'mount:letters.sh'],
  })),
  {
    id: 'card',
    kind: 'exec',
    name: 'build card',
    platform: 'linux/amd64',
    inputs: ['text', 'mount:runner', 'mount:store', 'mount:greeting', 'mount:letters'],
  },
  {
    id: 'broken',
    kind: 'exec',
    name: 'build broken',
    platform: 'linux/amd64',
    inputs: ['sandbox', 'mount:runner', 'mount:store', 'mount:card'],
  },
  { id: 'outputs', kind: 'file', name: 'collect outputs', inputs: ['mount:broken=/out'] },
];

/** So many packages: each is needed by a later one, and a few by nearly all. */
export function closure(size: number): readonly NodeSpec[] {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const inputs = Array.from({ length: size }, () => new Set<string>());
  for (let index = 0; index < size - 1; index += 1) {
    for (let user = random(3); user >= 0; user -= 1)
      inputs[Math.min(size - 1, index + 1 + random(20))]?.add(`p${index}`);
    if (index > 12 && random(3) === 0) inputs[index]?.add(`p${random(12)}`);
  }
  return inputs.map((needed, index): NodeSpec => ({
    id: `p${index}`,
    kind: 'exec',
    name: `package-${index}-1.${index % 10}.drv`,
    inputs: [...needed],
  }));
}
