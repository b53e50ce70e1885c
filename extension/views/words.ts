/** Sizes, times and BuildKit's words as the views show them. */
import * as vscode from 'vscode';

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function durationText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return vscode.l10n.t('{0} s', seconds.toFixed(1));
  if (seconds < 60) return vscode.l10n.t('{0} s', Math.round(seconds));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return vscode.l10n.t('{0} min {1} s', minutes, Math.round(seconds - minutes * 60));
  }
  return vscode.l10n.t('{0} h {1} min', Math.floor(minutes / 60), minutes % 60);
}

/** `now`, `5 minutes ago`, `yesterday`, in the editor's language. */
export function agoText(time: number, now = Date.now()): string {
  const seconds = Math.round((now - time) / 1000);
  const format = new Intl.RelativeTimeFormat(vscode.env.language, { numeric: 'auto' });
  if (seconds < 60) return format.format(0, 'second');
  if (seconds < 3600) return format.format(-Math.round(seconds / 60), 'minute');
  if (seconds < 86_400) return format.format(-Math.round(seconds / 3600), 'hour');
  return format.format(-Math.round(seconds / 86_400), 'day');
}

/** What BuildKit's kinds of cache records are. */
export function usageName(type: string): string {
  const names: Readonly<Record<string, string>> = {
    regular: vscode.l10n.t('Build steps'),
    'source.local': vscode.l10n.t('Build contexts'),
    'source.git.checkout': vscode.l10n.t('Git checkouts'),
    'exec.cachemount': vscode.l10n.t('Cache mounts'),
    frontend: vscode.l10n.t('Frontends'),
    internal: vscode.l10n.t('BuildKit’s own'),
  };
  return names[type] ?? type;
}

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
