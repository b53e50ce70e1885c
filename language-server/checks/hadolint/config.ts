/** hadolint's own settings: its config file beside the Dockerfile or above, and ignore comments. */
import { parse } from 'yaml';
import { arrayOf, isBoolean, isString, object, recordOf } from '../../../proto/messages/validate';
import type { SyntaxTree } from '../../dockerfile/parser/syntax-tree';
import type { Finding } from '../finding';

export type HadolintConfig = {
  readonly ignored: ReadonlySet<string>;
  /** By rule, what the config says of its severity. */
  readonly severities: ReadonlyMap<string, Finding['severity']>;
  /** Registries that images may come from; empty for all. */
  readonly trustedRegistries: readonly string[];
  /** The labels that an image should have, and what they hold. */
  readonly labels: ReadonlyMap<string, LabelKind>;
  /** Other labels are not wanted. */
  readonly strictLabels: boolean;
  /** Ignore comments do not count. */
  readonly noPragmas: boolean;
};

export const labelKinds = ['text', 'url', 'rfc3339', 'spdx', 'hash', 'semver', 'email'] as const;
export type LabelKind = (typeof labelKinds)[number];

export const noConfig: HadolintConfig = {
  ignored: new Set(),
  severities: new Map(),
  trustedRegistries: [],
  labels: new Map(),
  strictLabels: false,
  noPragmas: false,
};

/** The names under which hadolint looks for its file. */
export const configNames = [
  '.hadolint.yaml',
  '.hadolint.yml',
  'hadolint.yaml',
  'hadolint.yml',
] as const;

type ConfigFile = {
  readonly ignored?: readonly string[];
  readonly trustedRegistries?: readonly string[];
  readonly 'label-schema'?: Readonly<Record<string, string>>;
  readonly 'strict-labels'?: boolean;
  readonly 'disable-ignore-pragma'?: boolean;
  readonly override?: Readonly<Record<Level, readonly string[] | undefined>>;
};
type Level = 'error' | 'warning' | 'info' | 'style';

const codes = arrayOf(isString);
const isConfigFile = object<ConfigFile>(
  {},
  {
    ignored: codes,
    trustedRegistries: codes,
    'label-schema': recordOf(isString),
    'strict-labels': isBoolean,
    'disable-ignore-pragma': isBoolean,
    override: (value): value is Readonly<Record<Level, readonly string[] | undefined>> =>
      object<{
        error?: readonly string[];
        warning?: readonly string[];
        info?: readonly string[];
        style?: readonly string[];
      }>(
        {},
        { error: codes, warning: codes, info: codes, style: codes },
      )(value),
  },
);

const levels = { error: 'error', warning: 'warning', info: 'information', style: 'hint' } as const;

/** A file that is no YAML or says something else counts as empty: hadolint itself reports it. */
export function hadolintConfig(text: string): HadolintConfig {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return noConfig;
  }
  if (!isConfigFile(value)) return noConfig;
  const { ignored = [], trustedRegistries = [], override } = value;
  const severities = new Map<string, Finding['severity']>();
  for (const level of ['error', 'warning', 'info', 'style'] as const) {
    for (const code of override?.[level] ?? []) severities.set(code, levels[level]);
  }
  const labels = new Map<string, LabelKind>();
  for (const [key, wanted] of Object.entries(value['label-schema'] ?? {})) {
    // hadolint's old name for any text.
    const kind = wanted === 'rawtext' ? 'text' : labelKinds.find((each) => each === wanted);
    if (kind !== undefined) labels.set(key, kind);
  }
  return {
    ignored: new Set(ignored),
    severities,
    trustedRegistries,
    labels,
    strictLabels: value['strict-labels'] ?? false,
    noPragmas: value['disable-ignore-pragma'] ?? false,
  };
}

export type IgnoreComments = ReturnType<typeof ignoreComments>;

export const noComments: IgnoreComments = { global: new Set(), byLine: new Map() };

/** `# hadolint ignore=A,B` counts for the next instruction, `# hadolint global ignore=` for all. */
export function ignoreComments(tree: SyntaxTree): {
  readonly global: ReadonlySet<string>;
  readonly byLine: ReadonlyMap<number, ReadonlySet<string>>;
} {
  const global = new Set<string>();
  const byLine = new Map<number, Set<string>>();
  for (const { text, line } of tree.comments) {
    const match = /^#?\s*hadolint\s+(global\s+)?ignore\s*=\s*(.*)$/.exec(text);
    if (match === null) continue;
    const named = (match[2] ?? '').split(/[\s,]+/).filter((code) => code !== '');
    if (match[1] !== undefined) {
      for (const code of named) global.add(code);
      continue;
    }
    const next = tree.instructions.find(({ lines }) => lines.first > line);
    if (next === undefined) continue;
    const known = byLine.get(next.lines.first) ?? new Set<string>();
    byLine.set(next.lines.first, new Set([...known, ...named]));
  }
  return { global, byLine };
}
