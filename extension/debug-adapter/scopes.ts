/** What a frame shows: arguments, environment, the step, the image, files and changes. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { NodeStatus } from '../../proto/model/build-graph';
import { contextOf, splitVariable } from '../engine/debug/site';
import { isRecord } from '../engine/profile/decode';
import { changeRows, fileRows } from './file-rows';
import type { Row } from './references';
import type { ScopeFacts } from './scope-facts';

type Scope = {
  readonly name: string;
  /** Takes a while: is only read once it is opened. */
  readonly expensive: boolean;
  readonly hint?: 'arguments' | 'locals';
  readonly rows: (facts: ScopeFacts) => Promise<readonly Row[]>;
};

export const scopes: readonly Scope[] = [
  { name: 'Arguments', expensive: false, hint: 'arguments', rows: argumentRows },
  { name: 'Environment', expensive: false, hint: 'locals', rows: environmentRows },
  { name: 'Step', expensive: false, rows: stepRows },
  { name: 'Image config', expensive: false, rows: configRows },
  { name: 'Files', expensive: true, rows: fileRows },
  { name: 'Changes', expensive: true, rows: changeRows },
];

export function scopeFor(
  { name, expensive, hint }: Scope,
  variablesReference: number,
): DebugProtocol.Scope {
  return {
    name,
    variablesReference,
    expensive,
    ...(hint === undefined ? {} : { presentationHint: hint }),
  };
}

/** Arguments of the whole build, and those that hold at the site, which hide them. */
async function argumentRows({ build, site }: ScopeFacts): Promise<readonly Row[]> {
  const { input } = build;
  const values = new Map((await input.arguments()).map(({ name, value }) => [name, value]));
  const context = await contextOf(input, site);
  const inImage = new Set(imageVariables(context?.config).keys());
  for (const entry of context?.command.meta.env ?? []) {
    const [name, value] = splitVariable(entry);
    if (!inImage.has(name)) values.set(name, value);
  }
  return [...values].map(([name, value]) => ({
    name,
    value: value ?? '(not set)',
    evaluateName: `$${name}`,
    variable: name,
  }));
}

/**
 * Variables of the image at the site. Those that the statement itself gives another value are
 * marked: it will set them, or has.
 */
async function environmentRows({ build, site }: ScopeFacts): Promise<readonly Row[]> {
  const { input } = build;
  const { statement, moment } = site;
  const other = moment === 'after' ? 'before' : 'after';
  const [here, there] = await Promise.all([
    contextOf(input, site),
    contextOf(input, { statement, moment: other }),
  ]);
  const now = variablesOf(here);
  const elsewhere = variablesOf(there);
  const rows = [...now].map(([name, value]): Row => {
    const differs = there !== undefined && elsewhere.get(name) !== value;
    return {
      name: differs ? `${name} ${marks[moment === 'after' ? 'was' : 'will']}` : name,
      value,
      ...(differs ? { type: changeText(moment === 'after', elsewhere.get(name)) } : {}),
      evaluateName: `$${name}`,
      variable: name,
    };
  });
  if (moment === 'after') return rows;
  const coming = [...elsewhere].filter(([name]) => !now.has(name));
  return [
    ...rows,
    ...coming.map(([name, value]): Row => ({
      name: `${name} ${marks.will}`,
      value: '(not set)',
      type: changeText(false, value),
    })),
  ];
}

/** What follows a variable's name where the statement concerns it. */
const marks = { was: '(set here)', will: '(will be set here)' } as const;

function changeText(isDone: boolean, other: string | undefined): string {
  if (isDone) return other === undefined ? 'new' : `was: ${other}`;
  return `will be: ${other ?? 'removed'}`;
}

type Context = Awaited<ReturnType<typeof contextOf>>;

/** The image's own where its config is known; a bare command has only its own. */
function variablesOf(context: Context): ReadonlyMap<string, string> {
  if (context?.config !== undefined) return imageVariables(context.config);
  return new Map((context?.command.meta.env ?? []).map(splitVariable));
}

function imageVariables(config: unknown): ReadonlyMap<string, string> {
  const env: unknown = isRecord(config) ? config['Env'] : undefined;
  const entries: readonly unknown[] = Array.isArray(env) ? env : [];
  return new Map(
    entries.flatMap((entry) => (typeof entry === 'string' ? [splitVariable(entry)] : [])),
  );
}

async function stepRows({ build, site }: ScopeFacts): Promise<readonly Row[]> {
  const { statement, failure } = site;
  const { graph } = build.job;
  const node = graph.nodes.find((one) => one.digest === statement.step?.digest);
  const status = node === undefined ? undefined : graph.status[node.id];
  const command = (await contextOf(build.input, site))?.command;
  const own = statement.step?.ops.map(({ op }) => op.op).findLast((op) => op.kind === 'exec');
  const meta = own?.meta ?? command?.meta;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Name', statement.name],
    ['Stage', statement.track.name],
    ['State', statement.step === undefined ? 'makes no step' : stateText(status)],
    ['Error', failure?.message],
    ['Exit code', failure?.exitCode?.toString()],
    ['Working directory', meta === undefined ? undefined : meta.cwd || '/'],
    ['User', meta === undefined ? undefined : meta.user || 'root'],
    ['Network', own?.network],
    ['Platform', node?.platform],
    ['Digest', statement.step?.digest],
    // The environment has a scope of its own.
    ...(node?.details ?? [])
      .filter(({ label }) => label !== 'Environment')
      .map(({ label, value }) => [label, value] as const),
  ];
  const seen = new Set<string>();
  return rows.flatMap(([name, value]) => {
    if (value === undefined || seen.has(name)) return [];
    seen.add(name);
    return [{ name, value }];
  });
}

function stateText(status: NodeStatus | undefined): string {
  if (status === undefined) return 'not run yet';
  const { state, started, completed } = status;
  if (state === 'unknown' || state === 'queued') return 'not run yet';
  if (started === undefined || completed === undefined || state === 'cached') return state;
  return `${state} (${((completed - started) / 1000).toFixed(1)} s)`;
}

async function configRows({ build, site }: ScopeFacts): Promise<readonly Row[]> {
  const config = (await contextOf(build.input, site))?.config;
  return isRecord(config) ? valueRows(config) : [];
}

function valueRows(value: Readonly<Record<string, unknown>>): readonly Row[] {
  return Object.entries(value).map(([name, one]): Row => {
    const inner = entriesOf(one);
    if (inner === undefined) return { name, value: String(one) };
    return { name, value: JSON.stringify(one), children: () => Promise.resolve(valueRows(inner)) };
  });
}

function entriesOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (isRecord(value)) return value;
  if (!Array.isArray(value)) return undefined;
  const items: readonly unknown[] = value;
  return Object.fromEntries(items.map((item, index) => [String(index), item]));
}
