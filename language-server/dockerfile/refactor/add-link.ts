/** `--link`: the copied files become a layer of their own that a new base image does not disturb. */
import { insert } from '../lint/fixes/fix';
import type { Refactor } from './refactor';
import { oneInstruction } from './selection';

export const addLink: Refactor = (tree, selection) => {
  const copy = oneInstruction(tree, selection);
  if (copy === undefined || (copy.name !== 'copy' && copy.name !== 'add')) return [];
  // With --chmod BuildKit copies plainly, --link or not.
  const has = (wanted: string) => copy.flags.some(({ name }) => name === wanted);
  if (copy.problem !== undefined || has('link') || has('chmod')) return [];
  return [
    {
      kind: 'refactor.rewrite.link',
      title: 'Add --link',
      edits: [insert(copy.keywordSpan.end, ' --link')],
    },
  ];
};
