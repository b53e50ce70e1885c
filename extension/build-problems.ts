/**
 * What the newest build of a file has said of its lines, among the editor's problems: steps that
 * failed, and warnings that nobody else tells of. It goes when the file is built again.
 */
import * as vscode from 'vscode';
import { isActive, type Build, type Builds } from './builds';
import { placeNow, problemsOf, type BuildProblem } from './known-problems';

type Told = {
  readonly buildId: string;
  /** The text that was built, where the editor had it. */
  readonly text: string | undefined;
  readonly problems: readonly BuildProblem[];
};

export class BuildProblems implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('llbLens.builds');
  /** By the document's URI. */
  private readonly told = new Map<string, Told>();
  private readonly subscriptions: readonly vscode.Disposable[];

  constructor(builds: Builds) {
    this.subscriptions = [
      builds.onDidChange((build) => this.meet(build)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.show(document.uri)),
      // The language server may have learned, or may have been slower than the build.
      vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        for (const uri of uris) if (this.told.has(uri.toString())) this.show(uri);
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.collection.dispose();
  }

  private meet(build: Build): void {
    const { uri, buildId, text, graph, warnings = [] } = build;
    const key = uri.toString();
    if (isActive(build)) {
      if (!this.told.delete(key)) return;
    } else {
      if (this.told.get(key)?.buildId === buildId) return;
      const problems = problemsOf(graph, warnings).filter((one) => one.uri === key);
      this.told.set(key, { buildId, text, problems });
    }
    this.show(uri);
  }

  private show(uri: vscode.Uri): void {
    const key = uri.toString();
    const told = this.told.get(key);
    if (told === undefined || told.problems.length === 0) {
      if (this.collection.has(uri)) this.collection.delete(uri);
      return;
    }
    const { text, problems } = told;
    const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === key);
    const shown = problems.flatMap((problem) => {
      const place =
        text === undefined || document === undefined
          ? problem
          : placeNow(problem, text, document.getText());
      if (place === undefined) return [];
      const range = linesOf(place, document);
      return isSaid(uri, problem, range) ? [] : [diagnosticOf(problem, range)];
    });
    // Setting what is there already would be heard as news.
    const before = this.collection.get(uri) ?? [];
    if (JSON.stringify(before) !== JSON.stringify(shown)) this.collection.set(uri, shown);
  }
}

/** Whole lines, without the blanks in front where the text is known. */
function linesOf(
  { first, last }: Pick<BuildProblem, 'first' | 'last'>,
  document: vscode.TextDocument | undefined,
): vscode.Range {
  const lines = document?.lineCount ?? 0;
  if (document === undefined || last >= lines) return new vscode.Range(first, 0, last + 1, 0);
  const { firstNonWhitespaceCharacterIndex: start } = document.lineAt(first);
  return new vscode.Range(first, start, last, document.lineAt(last).text.length);
}

/** Whether the language server tells of the same rule at the same line. */
function isSaid(uri: vscode.Uri, { rule }: BuildProblem, { start }: vscode.Range): boolean {
  if (rule === undefined) return false;
  return vscode.languages
    .getDiagnostics(uri)
    .some(
      ({ code, range, source }) =>
        source === 'BuildKit' &&
        (typeof code === 'object' ? code.value : code) === rule &&
        range.start.line <= start.line &&
        start.line <= range.end.line,
    );
}

function diagnosticOf(
  { kind, message, rule, url }: BuildProblem,
  range: vscode.Range,
): vscode.Diagnostic {
  const severity =
    kind === 'failure' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
  const diagnostic = new vscode.Diagnostic(range, message, severity);
  diagnostic.source = vscode.l10n.t('Last build');
  if (rule !== undefined) {
    diagnostic.code = url === undefined ? rule : { value: rule, target: vscode.Uri.parse(url) };
  }
  return diagnostic;
}
