/** hadolint's own settings: its config file beside the Dockerfile or above, and ignore comments. */
import { parse } from 'yaml';
import { arrayOf, isString, object } from '../../../proto/messages/validate';
import type { SyntaxTree } from '../../dockerfile/parser/syntax-tree';
import type { Finding } from '../finding';

export type HadolintConfig = {
  readonly ignored: ReadonlySet<string>;
  /** By rule, what the config says of its severity. */
  readonly severities: ReadonlyMap<string, Finding['severity']>;
  /** Registries that images may come from; empty for all. */
  readonly trustedRegistries: readonly string[];
};

export const noConfig: HadolintConfig = {
  ignored: new Set(),
  severities: new Map(),
  trustedRegistries: [],
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
  readonly override?: Readonly<Record<Level, readonly string[] | undefined>>;
};
type Level = 'error' | 'warning' | 'info' | 'style';

const codes = arrayOf(isString);
const isConfigFile = object<ConfigFile>(
  {},
  {
    ignored: codes,
    trustedRegistries: codes,
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
  return { ignored: new Set(ignored), severities, trustedRegistries };
}

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
