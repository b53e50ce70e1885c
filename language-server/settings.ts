/**
 * The settings of the language server, by the names under which editors keep them (`llbLens.*`).
 *
 * Clients answer `workspace/configuration` with everything from a full object to null; what is
 * missing or of the wrong type has its default.
 */
import { networkUses, type NetworkUse } from '../proto/messages/language-server';

export type Settings = {
  /** What may be asked of registries. */
  readonly network: NetworkUse;
  readonly hadolint: { readonly enabled: boolean };
  readonly shellcheck: { readonly enabled: boolean; readonly path: string };
  readonly inlayHints: {
    readonly variables: boolean;
    readonly images: boolean;
    readonly invalidations: boolean;
    /** Time and size of a step when it ran last. */
    readonly steps: boolean;
  };
  readonly format: {
    readonly keywords: 'keep' | 'upper' | 'lower';
    readonly indentContinuations: boolean;
  };
};

/** What the client is asked for. */
export const settingsSection = 'llbLens';

export function settingsOf(value: unknown): Settings {
  const root = fieldsOf(value);
  const hadolint = fieldsOf(root['hadolint']);
  const shellcheck = fieldsOf(root['shellcheck']);
  const hints = fieldsOf(root['inlayHints']);
  const format = fieldsOf(root['format']);
  return {
    network: choice(root['network'], networkUses, 'named'),
    hadolint: { enabled: flag(hadolint['enabled'], false) },
    shellcheck: {
      enabled: flag(shellcheck['enabled'], true),
      path: text(shellcheck['path'], 'shellcheck'),
    },
    inlayHints: {
      variables: flag(hints['variables'], true),
      images: flag(hints['images'], true),
      invalidations: flag(hints['invalidations'], false),
      steps: flag(hints['steps'], true),
    },
    format: {
      keywords: choice(format['keywords'], ['keep', 'upper', 'lower'], 'keep'),
      indentContinuations: flag(format['indentContinuations'], true),
    },
  };
}

export const defaultSettings: Settings = settingsOf(null);

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function flag(value: unknown, fallback: boolean): boolean {
  return typeof value === 'boolean' ? value : fallback;
}

function text(value: unknown, fallback: string): string {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : fallback;
}

function choice<T extends string>(value: unknown, choices: readonly T[], fallback: T): T {
  return choices.find((each) => each === value) ?? fallback;
}
