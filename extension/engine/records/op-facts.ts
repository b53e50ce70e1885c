/**
 * What decides an op's result, as facts with names: two versions of a step differ in those whose
 * values differ. Names and values are for people; values of variables that look like secrets are
 * told by a hash only.
 */
import { createHash } from 'node:crypto';
import type {
  ExecOp,
  FileAction,
  Mount,
  Op,
  OpKind,
  Owner,
  Platform,
  SourceOp,
} from '../../../proto/model/op';

/** Value by name, e.g. `variable PATH`. */
export type OpFacts = Readonly<Record<string, string>>;

export function opFacts({ op, platform }: Op): OpFacts {
  const facts = factsOf(op);
  return Object.fromEntries(
    [...facts, ['platform', platformText(platform)] as const].filter(([, value]) => value !== ''),
  );
}

type Fact = readonly [name: string, value: string];

function factsOf(op: OpKind): readonly Fact[] {
  switch (op.kind) {
    case 'exec':
      return execFacts(op);
    case 'source':
      return sourceFacts(op);
    case 'file':
      return op.actions.flatMap((action, index) => actionFacts(action, index, op.actions.length));
    case 'build':
      return Object.entries(op.attrs).map(([name, value]) => [`attribute ${name}`, value]);
    case 'merge':
    case 'diff':
    case 'terminal':
    case 'unknown':
      return [];
  }
}

function execFacts({ meta, mounts, network, security, secretEnv, cdiDevices }: ExecOp): Fact[] {
  return [
    ['command', withoutLogins(commandOf(meta.args))],
    ...meta.env.map(variableFact),
    ['working directory', meta.cwd],
    ['user', meta.user],
    ['network', network === 'unset' ? '' : network],
    ['security', security === 'sandbox' ? '' : security],
    ['host name', meta.hostname],
    ['parent cgroup', meta.cgroupParent],
    ['valid exit codes', meta.validExitCodes.join(', ')],
    ...meta.extraHosts.map(({ host, ip }): Fact => [`host ${host}`, ip]),
    ...meta.ulimits.map(({ name, soft, hard }): Fact => [`ulimit ${name}`, `${soft}:${hard}`]),
    ...mounts
      .filter(({ dest }) => dest !== '/')
      .map((mount): Fact => [`mount ${mount.dest}`, mountText(mount)]),
    ...secretEnv.map(({ name, id }): Fact => [`secret variable ${name}`, `id ${id}`]),
    ...cdiDevices.map(({ name }): Fact => [`device ${name}`, 'given']),
  ];
}

/** What a shell is given counts without the shell's own name, unless that is what changes. */
function commandOf(args: readonly string[]): string {
  return args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : JSON.stringify(arg))).join(' ');
}

/** As BuildKit's own rule on secrets in variables has them. */
const secretName =
  /(?:_|^)(?:apikey|auth|credential|credentials|key|password|pword|passwd|secret|token)(?:_|$)/i;

function variableFact(text: string): Fact {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? '' : text.slice(equals + 1);
  return [`variable ${name}`, secretName.test(name) ? hidden(value) : withoutLogins(value)];
}

const hidden = (value: string): string =>
  `(hidden, ${createHash('sha256').update(value).digest('hex').slice(0, 8)})`;

/** Addresses lose the name and password that they may carry. */
const withoutLogins = (text: string): string =>
  text.replace(/\b(\w+:\/\/)[^\s/@:]*:[^\s/@]+@/g, '$1');

function mountText({ type, selector, readonly, cache, secret, ssh, tmpfs }: Mount): string {
  const parts = [
    type,
    selector === '' || selector === '/' ? '' : `of ${selector}`,
    readonly ? 'read-only' : '',
    cache === undefined ? '' : `${cache.sharing}, id ${cache.id}`,
    secret === undefined ? '' : `id ${secret.id}`,
    ssh === undefined ? '' : `id ${ssh.id}`,
    tmpfs === undefined || tmpfs.size === 0 ? '' : `${tmpfs.size} bytes`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** Sessions have an id of their own each time. */
const ofSession = new Set(['local.session', 'local.unique', 'oci.session', 'local.sharedkeyhint']);

function sourceFacts({ identifier, attrs }: SourceOp): Fact[] {
  const [, ref = '', digest = ''] =
    /^docker-image:\/\/(.*?)(?:@(sha256:[0-9a-f]+))?$/.exec(identifier) ?? [];
  const named: Fact[] =
    ref === ''
      ? [['source', withoutLogins(identifier)]]
      : [
          ['image', ref],
          ['image digest', digest],
        ];
  return [
    ...named,
    ...Object.entries(attrs)
      .filter(([name]) => !ofSession.has(name))
      .map(([name, value]): Fact => [`attribute ${name}`, withoutLogins(value)]),
  ];
}

function actionFacts(action: FileAction, index: number, count: number): Fact[] {
  const prefix = count === 1 ? '' : `action ${index + 1}: `;
  return detailsOf(action).map(([name, value]): Fact => [prefix + name, value]);
}

function detailsOf(action: FileAction): readonly Fact[] {
  switch (action.action) {
    case 'copy':
      return [
        ['copied path', action.src],
        ['destination', action.dest],
        ['owner', ownerText(action.owner)],
        ['mode', action.modeStr === '' ? modeText(action.mode) : action.modeStr],
        ['included', action.includePatterns.join(', ')],
        ['excluded', action.excludePatterns.join(', ')],
        ['unpacking', action.attemptUnpack ? 'on' : ''],
        ['contents only', action.dirCopyContents ? 'on' : ''],
        ['links followed', action.followSymlink ? 'on' : ''],
        ['time', timeText(action.timestamp)],
      ];
    case 'mkfile':
      return [
        ['made file', action.path],
        [
          'contents',
          `${action.data.length} bytes, ${createHash('sha256').update(action.data).digest('hex').slice(0, 12)}`,
        ],
        ['mode', modeText(action.mode)],
        ['owner', ownerText(action.owner)],
        ['time', timeText(action.timestamp)],
      ];
    case 'mkdir':
      return [
        ['made folder', action.path],
        ['mode', modeText(action.mode)],
        ['owner', ownerText(action.owner)],
        ['time', timeText(action.timestamp)],
      ];
    case 'rm':
      return [['removed path', action.path]];
    case 'symlink':
      return [
        ['made link', action.newPath],
        ['link target', action.oldPath],
        ['owner', ownerText(action.owner)],
        ['time', timeText(action.timestamp)],
      ];
  }
}

const modeText = (mode: number): string => (mode < 0 ? '' : mode.toString(8).padStart(4, '0'));

const timeText = (timestamp: bigint): string =>
  timestamp < 0n ? '' : new Date(Number(timestamp / 1_000_000n)).toISOString();

function ownerText(owner: Owner | undefined): string {
  if (owner === undefined) return '';
  const one = (ref: Owner['user']) =>
    ref === undefined ? '' : ref.by === 'name' ? ref.name : String(ref.id);
  return `${one(owner.user)}:${one(owner.group)}`;
}

const platformText = (platform: Platform | undefined): string =>
  platform === undefined
    ? ''
    : [platform.os, platform.architecture, platform.variant ?? '']
        .filter((part) => part !== '')
        .join('/');
