/** Diagnostics of a Dockerfile: its errors, BuildKit's lint rules, and what is not compiled yet. */
import {
  DiagnosticSeverity,
  DiagnosticTag,
  type Diagnostic,
  type Range,
} from 'vscode-languageserver-types';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { ruleNamed } from './dockerfile/lint/rules';
import type { BuildError, Unsupported } from './dockerfile/compile/result';
import type { LintWarning } from './dockerfile/lint/warning';
import { firstLine, rangeOfLines, rangeOfSpan } from './places';

const SOURCE = 'BuildKit';

export type DockerfileFindings = {
  readonly errors: readonly BuildError[];
  readonly warnings: readonly LintWarning[];
  readonly unsupported: readonly Unsupported[];
};

/** BuildKit's texts stay verbatim; the same error found in two ways is shown once. */
export function dockerfileDiagnostics(
  document: TextDocument,
  { errors, warnings, unsupported }: DockerfileFindings,
): Diagnostic[] {
  return distinct([
    ...errors.map((error) => errorDiagnostic(document, error)),
    ...warnings.flatMap((warning) => warningDiagnostics(document, warning)),
    ...unsupported.map((item): Diagnostic => ({
      range: placeOf(document, item),
      message: item.message,
      severity: DiagnosticSeverity.Information,
      source: 'LLB Lens',
      code: 'unsupported',
    })),
  ]);
}

function errorDiagnostic(document: TextDocument, error: BuildError): Diagnostic {
  const lines = error.locations.find((location) => location !== undefined);
  return {
    range: placeOf(document, {
      ...(lines === undefined ? {} : { lines }),
      ...(error.span === undefined ? {} : { span: error.span }),
    }),
    message: error.message,
    severity: DiagnosticSeverity.Error,
    source: SOURCE,
  };
}

function warningDiagnostics(document: TextDocument, warning: LintWarning): Diagnostic[] {
  const ranges =
    warning.spans.length > 0
      ? warning.spans.map((span) => rangeOfSpan(document, span))
      : [placeOf(document, warning)];
  return ranges.map((range) => ({
    range,
    message: warning.detail,
    severity: DiagnosticSeverity.Warning,
    source: SOURCE,
    code: warning.rule,
    ...(warning.url === '' ? {} : { codeDescription: { href: warning.url } }),
    ...(ruleNamed(warning.rule)?.deprecation === true ? { tags: [DiagnosticTag.Deprecated] } : {}),
  }));
}

/** The exact place before the lines, and the file's first line for what has no place at all. */
function placeOf(
  document: TextDocument,
  { span, lines }: Pick<Unsupported, 'lines' | 'span'>,
): Range {
  if (span !== undefined) return rangeOfSpan(document, span);
  return lines === undefined ? firstLine(document) : rangeOfLines(document, lines);
}

function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map<number, string[]>();
  return diagnostics.filter(({ range: { start }, message }) => {
    const text = typeof message === 'string' ? message : message.value;
    const said = seen.get(start.line);
    if (said === undefined) seen.set(start.line, [text]);
    else if (said.includes(text)) return false;
    else said.push(text);
    return true;
  });
}
