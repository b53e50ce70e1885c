/**
 * JSON files of Docker's and buildx's: absent ones are ordinary, broken ones are worth a word,
 * since a builder that silently is not there is hard to find.
 */
import { readFile } from 'node:fs/promises';
import { errorCode } from '../connect-error';
import { isObject } from '../docker-config';

export type ConfigFile =
  | { readonly state: 'absent' }
  | { readonly state: 'read'; readonly value: Readonly<Record<string, unknown>> }
  /** `problem` is a sentence that names the file. */
  | { readonly state: 'broken'; readonly problem: string };

export async function readConfigFile(path: string): Promise<ConfigFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { state: 'absent' };
    return { state: 'broken', problem: `${path} cannot be read (${code ?? String(error)}).` };
  }
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value)
      ? { state: 'read', value }
      : { state: 'broken', problem: `${path} holds no JSON object.` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { state: 'broken', problem: `${path} is not valid JSON: ${why}.` };
  }
}
