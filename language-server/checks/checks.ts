/** What is said about a Dockerfile besides BuildKit's own errors and rules. */
import { DiagnosticSeverity, DiagnosticTag, type Diagnostic } from 'vscode-languageserver-types';
import type { DockerfileView } from '../dockerfile-view';
import type { ServerHost } from '../host';
import type { Settings } from '../settings';
import { contextChecks } from './context-checks';
import type { Finding } from './finding';
import { hadolintFindings, withoutIgnored } from './hadolint/hadolint';
import { stageChecks } from './stage-checks';

/**
 * Checks that are done with the text and a look at the files beside it.
 * @param contextUri the folder of the context, where it is known
 */
export async function quickChecks(
  view: DockerfileView,
  host: ServerHost,
  settings: Settings,
  contextUri?: string,
): Promise<Diagnostic[]> {
  const findings = [
    ...stageChecks(view),
    ...(await contextChecks(view, host, contextUri)),
    ...(settings.hadolint.enabled ? await hadolintFindings(view, host) : []),
  ];
  return findings.map((finding) => diagnosticOf(view, finding));
}

/** Checks by other programs, which take their time and end with the signal. */
export async function slowChecks(
  view: DockerfileView,
  host: ServerHost,
  settings: Settings,
  signal: AbortSignal,
): Promise<Diagnostic[]> {
  if (!settings.shellcheck.enabled) return [];
  const found = await host.shellcheck?.(view, settings.shellcheck.path, signal);
  const findings = await withoutIgnored(found ?? [], view, host);
  return findings.map((finding) => diagnosticOf(view, finding));
}

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
} as const;

function diagnosticOf(view: DockerfileView, finding: Finding): Diagnostic {
  const { span, message, severity, source, code, url, unnecessary } = finding;
  return {
    range: view.range(span),
    message,
    severity: severities[severity],
    source,
    code,
    ...(url === undefined ? {} : { codeDescription: { href: url } }),
    ...(unnecessary === true ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  };
}
