/**
 * Living together with other extensions that serve Dockerfiles: nothing is shown twice.
 *
 * The others all bring the same language server. Where one of them is on, its answers are left to
 * it, unless the user has decided otherwise; what it has no answer for comes from ours.
 */
import * as vscode from 'vscode';
import type { Middleware } from 'vscode-languageclient';
import { languageFeatures } from './settings';

/** Extensions with a Dockerfile language server. */
const others = [
  'docker.docker',
  'ms-azuretools.vscode-containers',
  'ms-azuretools.vscode-docker',
] as const;

/** Languages that nobody else serves. */
const own: ReadonlySet<string> = new Set(['nix-derivation', 'nix-installables']);

/** Whether a feature is served that other extensions serve as well. */
function servesShared(document: vscode.TextDocument): boolean {
  if (own.has(document.languageId)) return true;
  const chosen = languageFeatures();
  if (chosen !== 'auto') return chosen === 'all';
  return others.every((id) => vscode.extensions.getExtension(id) === undefined);
}

/** Whether a feature is served that only we have. */
function servesOwn(document: vscode.TextDocument): boolean {
  return own.has(document.languageId) || languageFeatures() !== 'checks';
}

export function besideOthers(): Middleware {
  return {
    provideCompletionItem: (document, position, context, token, next) =>
      servesShared(document) ? next(document, position, context, token) : [],
    provideHover: (document, position, token, next) =>
      servesShared(document) ? next(document, position, token) : undefined,
    provideSignatureHelp: (document, position, context, token, next) =>
      servesShared(document) ? next(document, position, context, token) : undefined,
    provideDefinition: (document, position, token, next) =>
      servesShared(document) ? next(document, position, token) : undefined,
    provideDocumentHighlights: (document, position, token, next) =>
      servesShared(document) ? next(document, position, token) : undefined,
    provideDocumentLinks: (document, token, next) =>
      servesShared(document) ? next(document, token) : [],
    provideDocumentSymbols: (document, token, next) =>
      servesShared(document) ? next(document, token) : [],
    provideDocumentFormattingEdits: (document, options, token, next) =>
      servesShared(document) ? next(document, options, token) : [],
    provideDocumentRangeFormattingEdits: (document, range, options, token, next) =>
      servesShared(document) ? next(document, range, options, token) : [],
    provideOnTypeFormattingEdits: (document, position, ch, options, token, next) =>
      servesShared(document) ? next(document, position, ch, options, token) : [],
    provideRenameEdits: (document, position, newName, token, next) =>
      servesShared(document) ? next(document, position, newName, token) : undefined,
    prepareRename: (document, position, token, next) =>
      servesShared(document) ? next(document, position, token) : undefined,
    provideReferences: (document, position, options, token, next) =>
      servesOwn(document) ? next(document, position, options, token) : [],
    provideInlayHints: (document, range, token, next) =>
      servesOwn(document) ? next(document, range, token) : [],
  };
}
