/** Looks up what the UI says; the page and the CLI bring their own tables. */
import type { WebviewStringKey } from '../../proto/messages/webview-strings';

/** The text of a key, with `{0}`, `{1}` … replaced by the values. */
export type Texts = (key: WebviewStringKey, ...values: readonly (string | number)[]) => string;

/** Texts from a table, falling back to `defaults` for keys that it lacks. */
export function textsFrom(
  defaults: Readonly<Record<WebviewStringKey, string>>,
  table: Readonly<Record<string, string>> = {},
): Texts {
  const given = new Map(Object.entries(table));
  return (key, ...values) =>
    (given.get(key) ?? defaults[key]).replace(/\{(\d+)\}/g, (whole, index: string) =>
      String(values[Number(index)] ?? whole),
    );
}

type Counted =
  | 'compare.affected'
  | 'compare.again'
  | 'node.inputs'
  | 'node.warnings'
  | 'prediction.short'
  | 'summary.steps';

/** A counted noun: the `.one` text for exactly one, else the `.other` text. */
export function counted(texts: Texts, key: Counted, count: number): string {
  return count === 1 ? texts(`${key}.one`) : texts(`${key}.other`, count);
}
