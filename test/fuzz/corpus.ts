/** The Dockerfiles that fuzzing starts from. */
import { fromBytes } from '../../language-server/dockerfile/text/bytes';
import type { CompileOptions } from '../../language-server/dockerfile';
import { dockerfileOf } from '../bench/made-up-dockerfile';
import { caseNames, readCase } from '../conformance/dockerfile-data';

export type Seed = { readonly text: string; readonly options: CompileOptions };

/** Longer ones make runs slow and find nothing more. */
const longest = 8000;

/** The conformance cases where they are, and files of our own. */
export function corpus(): readonly Seed[] {
  const cases = caseNames().map((name): Seed => {
    const { dockerfile, options } = readCase(name).input;
    const text = typeof dockerfile === 'string' ? dockerfile : fromBytes(dockerfile);
    return { text, options };
  });
  const own = [1, 30, 100].map((lines): Seed => ({ text: dockerfileOf(lines), options: {} }));
  return [...cases, ...own].filter(({ text }) => text.length <= longest);
}
