/** Completion items: what is shown, what is typed, and where. */
import {
  CompletionItemKind,
  CompletionItemTag,
  InsertTextFormat,
  type Command,
  type CompletionItem,
} from 'vscode-languageserver-types';
import type { OfferedName } from '../../build-file';
import type { ClientAbilities } from '../../client-abilities';
import { markup } from '../markup';
import { rangeBefore, type Cursor } from './cursor';

export type Offer = {
  readonly label: string;
  readonly kind: CompletionItemKind;
  readonly detail?: string;
  /** Markdown. */
  readonly docs?: string;
  /** Default: the label. */
  readonly text?: string;
  /** The text holds tab stops. */
  readonly isSnippet?: boolean;
  /** Sorts before others with a larger text. */
  readonly order?: string;
  /** Ask again at once: more can follow. */
  readonly goesOn?: boolean;
  readonly deprecated?: boolean;
  /** So many characters of label and text stand on the lines before. */
  readonly behind?: number;
};

/**
 * Makes items that replace what has been typed of a word.
 * @param typed the part of the word that an item replaces; items that do not start with it are left out
 */
export function itemsOf(cursor: Cursor, typed: string, offers: Iterable<Offer>): CompletionItem[] {
  const range = rangeBefore(cursor, typed.length);
  const wanted = typed.toLowerCase();
  const items: CompletionItem[] = [];
  for (const offer of offers) {
    const { label, kind, detail, docs, text = label, isSnippet, order, goesOn, deprecated } = offer;
    const { behind = 0 } = offer;
    const here = label.slice(behind);
    if (!here.toLowerCase().startsWith(wanted)) continue;
    items.push({
      label,
      kind,
      ...(detail === undefined ? {} : { detail }),
      ...(docs === undefined ? {} : { documentation: { kind: 'markdown', value: docs } }),
      ...(order === undefined ? {} : { sortText: order }),
      ...(isSnippet ? { insertTextFormat: InsertTextFormat.Snippet } : {}),
      ...(deprecated ? { tags: [CompletionItemTag.Deprecated] } : {}),
      ...(goesOn ? { command: suggestAgain } : {}),
      ...(behind === 0 ? {} : { filterText: here }),
      textEdit: { range, newText: text.slice(behind) },
    });
  }
  return items;
}

/** VS Code's own command; any other editor would look for one of the server's. */
const suggestAgain: Command = { title: '', command: 'editor.action.triggerSuggest' };

/** Leaves out what the client does not know, or says it as it does. */
export function forClient(
  items: readonly CompletionItem[],
  { completionText, completionTags, completionDeprecated, editorCommands }: ClientAbilities,
): CompletionItem[] {
  return items.map(({ command, tags, documentation, ...item }) => ({
    ...item,
    ...(command === undefined || !editorCommands ? {} : { command }),
    ...(tags === undefined || !completionTags ? {} : { tags }),
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- for clients from before tags
    ...(tags !== undefined && !completionTags && completionDeprecated ? { deprecated: true } : {}),
    ...(typeof documentation === 'object'
      ? { documentation: markup(documentation.value, completionText) }
      : {}),
  }));
}

/** Names of another file, each in place of the whole word that is being typed. */
export function nameItems(names: readonly OfferedName[]): CompletionItem[] {
  return names.map(({ text, kind, range }) => ({
    label: text,
    kind: kind === 'stage' ? CompletionItemKind.Class : CompletionItemKind.Variable,
    textEdit: { range, newText: text },
  }));
}

export const values = (
  choices: readonly { readonly value: string; readonly docs?: string }[],
  kind: CompletionItemKind = CompletionItemKind.Value,
): Offer[] =>
  choices.map(({ value, docs }) => ({
    label: value,
    kind,
    ...(docs === undefined ? {} : { docs }),
  }));
