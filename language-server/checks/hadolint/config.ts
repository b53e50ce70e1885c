/** hadolint's own settings: its config file beside the Dockerfile or above. */
import { parse } from 'yaml';
import { accept, arrayOf, either, isString, recordOf } from '../../../proto/messages/validate';
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

const names = arrayOf(isString);
const isNameOrNames = either(isString, names);
const isSection = recordOf((value): value is unknown => value !== undefined);

const levels = { error: 'error', warning: 'warning', info: 'information', style: 'hint' } as const;

/**
 * What the file says of rules; how hadolint prints and exits (`format`, `no-color`, `no-fail`,
 * `failure-threshold`) means nothing to an editor. A file that is no YAML counts as empty, and so does
 * a key with a value of another kind: hadolint itself reports it.
 */
export function hadolintConfig(text: string): HadolintConfig {
  const file = sectionOf(text);
  const override = accept(isSection, file['override']) ?? {};
  const severities = new Map<string, Finding['severity']>();
  for (const level of ['error', 'warning', 'info', 'style'] as const) {
    for (const code of listOf(override[level])) severities.set(code, levels[level]);
  }
  const labels = new Map<string, LabelKind>();
  for (const [key, wanted] of Object.entries(accept(isSection, file['label-schema']) ?? {})) {
    // hadolint's old name for any text.
    const kind = wanted === 'rawtext' ? 'text' : labelKinds.find((each) => each === wanted);
    if (kind !== undefined) labels.set(key, kind);
  }
  return {
    ignored: new Set(listOf(file['ignored'])),
    severities,
    trustedRegistries: listOf(file['trustedRegistries']),
    labels,
    strictLabels: file['strict-labels'] === true,
    noPragmas: file['disable-ignore-pragma'] === true,
  };
}

function sectionOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return accept(isSection, parse(text)) ?? {};
  } catch {
    return {};
  }
}

function listOf(value: unknown): readonly string[] {
  const said = accept(isNameOrNames, value) ?? [];
  return typeof said === 'string' ? [said] : said;
}
