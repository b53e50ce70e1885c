/**
 * `llb-lens check`: the diagnostics that the editor shows, on the command line.
 *
 * Exit code 1 when there is an error; warnings alone are good. A file that cannot be read does not
 * keep the others from being checked.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver-types';
import type { BuildFile } from '../../language-server/build-file';
import { DerivationBuildFile } from '../../language-server/derivation-file/derivation-file';
import { tableResolver } from '../../language-server/dockerfile';
import { DockerfileBuildFile } from '../../language-server/dockerfile-build-file';
import type { ServerHost } from '../../language-server/host';
import { isInstallablesFile } from '../../language-server/installables/document-text';
import { InstallablesFile } from '../../language-server/installables/installables-file';
import { nodeHost } from '../../language-server/server/node-host';
import { type Console, reportError } from './console';
import { CliError, ExitCode } from './exit-code';
import { type Finding, findingLine, sarif } from './finding';
import { readImageTable } from './images';
import { readInput, STDIN } from './input-file';

export type CheckFlags = {
  readonly format: 'text' | 'json' | 'sarif';
  readonly images?: string;
  readonly json: boolean;
};

const severities: Readonly<Record<DiagnosticSeverity, Finding['severity']>> = {
  [DiagnosticSeverity.Error]: 'error',
  [DiagnosticSeverity.Warning]: 'warning',
  [DiagnosticSeverity.Information]: 'note',
  [DiagnosticSeverity.Hint]: 'note',
};

export async function check(
  files: readonly string[],
  flags: CheckFlags,
  to: Console,
): Promise<number> {
  const host = await hostFor(flags, to);
  const findings: Finding[] = [];
  let unreadable = false;
  for (const file of files) {
    try {
      findings.push(...(await checkFile(file, host)));
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      unreadable = true;
      await reportError(to, error, flags.json);
    }
  }
  await print(findings, flags.json ? 'json' : flags.format, to);
  const failed = unreadable || findings.some(({ severity }) => severity === 'error');
  return failed ? ExitCode.failed : ExitCode.good;
}

async function hostFor(flags: CheckFlags, to: Console): Promise<ServerHost> {
  const host = nodeHost(undefined, (message) => void to.note(message));
  // One answer is printed at once: nothing that may come later is waited for.
  host.setAccess(() => ({ network: 'off', trusted: true }));
  if (flags.images === undefined) return host;
  const images = tableResolver([await readImageTable(flags.images)]);
  return { ...host, images: () => images };
}

async function checkFile(file: string, host: ServerHost): Promise<Finding[]> {
  const bytes = await readInput(file);
  const path = file === STDIN ? 'Dockerfile' : file;
  const diagnostics = await openFile(path, bytes, host).diagnostics();
  return diagnostics
    .map((diagnostic) => findingOf(file === STDIN ? '<stdin>' : file, diagnostic))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

function openFile(path: string, bytes: Uint8Array, host: ServerHost): BuildFile {
  const uri = pathToFileURL(resolve(path)).href;
  const [language, File] = kindOf(path);
  return new File(TextDocument.create(uri, language, 1, new TextDecoder().decode(bytes)), host);
}

function kindOf(path: string) {
  if (path.endsWith('.drv')) return ['nix-derivation', DerivationBuildFile] as const;
  if (isInstallablesFile(path)) return ['nix-installables', InstallablesFile] as const;
  return ['dockerfile', DockerfileBuildFile] as const;
}

function findingOf(file: string, diagnostic: Diagnostic): Finding {
  const { range, severity = DiagnosticSeverity.Error, message, code, codeDescription } = diagnostic;
  return {
    file,
    line: range.start.line + 1,
    column: range.start.character + 1,
    endLine: range.end.line + 1,
    endColumn: range.end.character + 1,
    severity: severities[severity],
    message: typeof message === 'string' ? message : message.value,
    ...(code === undefined ? {} : { rule: String(code) }),
    ...(codeDescription === undefined ? {} : { url: codeDescription.href }),
  };
}

async function print(
  findings: readonly Finding[],
  format: CheckFlags['format'],
  to: Console,
): Promise<void> {
  if (format === 'json') await to.out(`${JSON.stringify({ findings }, undefined, 2)}\n`);
  else if (format === 'sarif') await to.out(`${JSON.stringify(sarif(findings), undefined, 2)}\n`);
  else await to.out(findings.map(findingLine).join(''));
}
