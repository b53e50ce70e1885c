/** An op in words: its kind, the edges to its inputs, and the lines an inspector shows. */
import type { EdgeKind, NodeKind, OpDetail } from './build-graph';
import type { ExecOp, FileAction, Mount, Op, OpKind, Owner, UserRef } from './op';
import { NONE } from './op';

const sourceKinds: readonly (readonly [prefix: string, kind: NodeKind])[] = [
  ['docker-image://', 'image'],
  ['docker-image+blob://', 'image'],
  ['local://', 'local'],
  ['git://', 'git'],
  ['http://', 'http'],
  ['https://', 'http'],
  ['oci-layout://', 'oci-layout'],
];

/** The kind of node an op becomes; a terminal op has none and answers `unknown`. */
export function nodeKind(op: OpKind): NodeKind {
  if (op.kind === 'source') {
    return sourceKinds.find(([prefix]) => op.identifier.startsWith(prefix))?.[1] ?? 'unknown';
  }
  return op.kind === 'terminal' ? 'unknown' : op.kind;
}

export type OpEdge = { readonly input: number; readonly kind: EdgeKind; readonly label?: string };

/** How an op uses each of its inputs, by input index, in the order of first use. */
export function opEdges({ op, inputs }: Op): OpEdge[] {
  if (op.kind === 'exec') {
    return op.mounts
      .filter((mount) => mount.input !== NONE)
      .map((mount) =>
        mount.dest === '/'
          ? { input: mount.input, kind: 'input' }
          : { input: mount.input, kind: 'mount', label: mount.dest },
      );
  }
  if (op.kind === 'file') {
    return op.actions.flatMap((action): OpEdge[] => [
      ...inRange(action.input, inputs.length, { kind: 'input' }),
      ...inRange(action.secondaryInput, inputs.length, {
        kind: 'copy',
        ...(action.action === 'copy' ? { label: action.src } : {}),
      }),
    ]);
  }
  return inputs.map((_, input) => ({ input, kind: 'input' }));
}

/** Indices past the op's inputs mean the outputs of earlier actions, which are no edges. */
const inRange = (input: number, count: number, edge: Omit<OpEdge, 'input'>): OpEdge[] =>
  input >= 0 && input < count ? [{ input, ...edge }] : [];

/** The lines an inspector shows of an op. Values are untrusted text. */
export function opDetails(op: OpKind): OpDetail[] {
  switch (op.kind) {
    case 'exec':
      return execDetails(op);
    case 'source':
      return [
        { label: 'Source', value: op.identifier },
        ...Object.entries(op.attrs).map(([label, value]) => ({ label, value })),
      ];
    case 'file':
      return op.actions.map((action) => ({
        label: actionLabels[action.action],
        value: actionText(action),
      }));
    case 'build':
      return Object.entries(op.attrs).map(([label, value]) => ({ label, value }));
    case 'merge':
    case 'diff':
    case 'terminal':
    case 'unknown':
      return [];
  }
}

function execDetails(op: ExecOp): OpDetail[] {
  const { meta } = op;
  const lines: OpDetail[] = [
    { label: 'Command', value: commandText(meta.args) },
    { label: 'Working directory', value: meta.cwd },
    { label: 'User', value: meta.user },
    { label: 'Network', value: op.network === 'unset' ? '' : op.network },
    { label: 'Security', value: op.security === 'sandbox' ? '' : op.security },
    { label: 'Host name', value: meta.hostname },
  ];
  return [
    ...lines.filter((line) => line.value !== ''),
    ...meta.env.map((value) => ({ label: 'Environment', value })),
    ...op.mounts
      .filter((mount) => mount.dest !== '/')
      .map((mount) => ({ label: 'Mount', value: mountText(mount) })),
    ...op.secretEnv.map((secret) => ({
      label: 'Secret variable',
      value: `${secret.name} (${secret.id})`,
    })),
  ];
}

/** A shell's own words are shown as typed; other argument lists are quoted where a blank would mislead. */
function commandText(args: readonly string[]): string {
  const [shell, flag, script] = args;
  if (args.length === 3 && shell !== undefined && shell.endsWith('sh') && flag === '-c')
    return script ?? '';
  return args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : JSON.stringify(arg))).join(' ');
}

const mountText = (mount: Mount): string =>
  [
    `${mount.type} ${mount.dest}`,
    mount.selector === '' ? '' : `from ${mount.selector}`,
    mount.readonly ? 'read-only' : '',
    mount.cache === undefined ? '' : `${mount.cache.sharing}, id ${mount.cache.id}`,
    mount.secret === undefined ? '' : `id ${mount.secret.id}`,
  ]
    .filter((part) => part !== '')
    .join(', ');

const actionLabels = {
  copy: 'Copy',
  mkfile: 'Make file',
  mkdir: 'Make directory',
  rm: 'Remove',
  symlink: 'Link',
} as const satisfies Record<FileAction['action'], string>;

function actionText(action: FileAction): string {
  switch (action.action) {
    case 'copy':
      return `${action.src} → ${action.dest}${ownerText(action.owner)}`;
    case 'mkfile':
      return `${action.path} (${action.data.length} bytes)${ownerText(action.owner)}`;
    case 'mkdir':
      return `${action.path}${ownerText(action.owner)}`;
    case 'rm':
      return action.path;
    case 'symlink':
      return `${action.newPath} → ${action.oldPath}`;
  }
}

function ownerText(owner: Owner | undefined): string {
  if (owner === undefined) return '';
  const name = (ref: UserRef | undefined) =>
    ref === undefined ? '' : ref.by === 'name' ? ref.name : String(ref.id);
  return `, owner ${name(owner.user)}:${name(owner.group)}`;
}
