/** A problem found in a file, as `check` prints it: text, JSON or SARIF. */
import { version } from '../../package.json';

export type Finding = {
  readonly file: string;
  /** Lines and columns count from 1; columns in UTF-16 units, the end is exclusive. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
  /** BuildKit's rule name or our diagnostic code. */
  readonly rule?: string;
  readonly url?: string;
};

/** `FILE:LINE:COLUMN: severity: message [rule]`, as compilers write it, so that editors can jump. */
export function findingLine(finding: Finding): string {
  const { file, line, column, severity, message, rule } = finding;
  const name = rule === undefined ? '' : ` [${rule}]`;
  return `${file}:${line}:${column}: ${severity}: ${message}${name}\n`;
}

/** A SARIF 2.1.0 log of one run. */
export function sarif(findings: readonly Finding[]): unknown {
  const rules = new Map<string, { id: string; helpUri?: string }>();
  for (const { rule, url } of findings) {
    if (rule === undefined || rules.has(rule)) continue;
    rules.set(rule, { id: rule, ...(url === undefined ? {} : { helpUri: url }) });
  }
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'llb-lens', version, rules: [...rules.values()] } },
        columnKind: 'utf16CodeUnits',
        results: findings.map(sarifResult),
      },
    ],
  };
}

function sarifResult(finding: Finding): unknown {
  const { file, line, column, endLine, endColumn, severity, message, rule } = finding;
  return {
    ...(rule === undefined ? {} : { ruleId: rule }),
    level: severity,
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file.split('\\').join('/') },
          region: { startLine: line, startColumn: column, endLine, endColumn },
        },
      },
    ],
  };
}
