/** All refactorings that need nothing but the text. */
import { addLink } from './add-link';
import { addCacheMount } from './cache-mounts';
import { toExecForm, toShellForm } from './command-form';
import { extractStage } from './extract-stage';
import type { Refactor } from './refactor';
import { mergeRuns, splitRun, toHeredoc } from './runs';

const refactors: readonly Refactor[] = [
  mergeRuns,
  splitRun,
  toHeredoc,
  toExecForm,
  toShellForm,
  addCacheMount,
  addLink,
  extractStage,
];

export const refactoringsAt: Refactor = (tree, selection) =>
  refactors.flatMap((refactor) => refactor(tree, selection));
