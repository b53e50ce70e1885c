/** `--call`: asks the Dockerfile's frontend a question in place of building. */
import type { CallAnswer } from '../../engine/job/call-frontend';
import { isRecord } from '../../engine/profile/decode';
import { csvFields, parseTruth } from '../../engine/request/key-values';
import { CliError, ExitCode } from '../exit-code';

export type CallMethod = {
  /** As the frontend knows it, e.g. `lint`. */
  readonly name: string;
  readonly json: boolean;
  readonly ignoreStatus: boolean;
};

/** `check,format=json`; undefined for a build. @throws CliError (usage) */
export function callMethod(text: string | undefined): CallMethod | undefined {
  if (text === undefined || text === '') return undefined;
  let [name, json, ignoreStatus] = ['', false, false];
  for (const field of csvFields(text)) {
    const equals = field.indexOf('=');
    const value = field.slice(equals + 1);
    if (equals < 0 && name === '') name = field;
    else if (field.startsWith('format=')) json = value === 'json';
    else if (field.startsWith('ignorestatus=') && parseTruth(value) !== undefined) {
      ignoreStatus = parseTruth(value) === true;
    } else throw new CliError(ExitCode.usage, `--call ${text}: "${field}" is not understood`);
  }
  if (name === 'build') return undefined;
  return { name: name === 'check' ? 'lint' : name, json, ignoreStatus };
}

/**
 * What to print, and the exit code.
 * @param file the Dockerfile as the user named it; the frontend knows only its base name
 * @throws CliError with the error that a check found
 */
export function callReport(
  { name, json, ignoreStatus }: CallMethod,
  answer: CallAnswer,
  file: string,
): { readonly text: string; readonly exitCode: number } {
  const exitCode = ignoreStatus ? 0 : Number(answer.get('result.statuscode') ?? '0') || 0;
  const data = answer.get('result.json') ?? '';
  if (json) return { text: `${data}\n`, exitCode };
  const text = answer.get('result.txt') ?? data;
  if (name !== 'lint') return { text, exitCode };
  const named = withFile(text, data, file);
  const found: unknown = JSON.parse(data === '' ? '{}' : data);
  const count = isRecord(found) && Array.isArray(found['warnings']) ? found['warnings'].length : 0;
  if (isRecord(found) && isRecord(found['buildError'])) {
    const { message } = found['buildError'];
    throw new CliError(ExitCode.failed, typeof message === 'string' ? message : named.trim());
  }
  if (count === 0) return { text: `${named}Check complete, no warnings found.\n`, exitCode };
  const many = count === 1 ? '1 warning has been found!' : `${count} warnings have been found!`;
  return { text: `Check complete, ${many}\n${named}`, exitCode };
}

/** Places are told with the Dockerfile's path as the user knows it. */
function withFile(text: string, json: string, file: string): string {
  const found: unknown = json === '' ? undefined : JSON.parse(json);
  const sources = isRecord(found) && Array.isArray(found['sources']) ? found['sources'] : [];
  return sources.reduce((all: string, source: unknown) => {
    const name = isRecord(source) ? source['filename'] : undefined;
    return typeof name === 'string' && name !== ''
      ? all.replaceAll(`\n${name}:`, `\n${file}:`)
      : all;
  }, text);
}
