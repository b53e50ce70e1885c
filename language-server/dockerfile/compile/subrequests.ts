/** The frontend's subrequests besides lint: the outline of a target, and the list of targets. */
import { typeInstructions, type TypedDockerfile } from '../instructions/dockerfile';
import { Linter } from '../lint/linter';
import type { SyntaxTree } from '../parser/syntax-tree';
import { offlineResolver } from '../resolvers/offline-resolver';
import { asRunes } from '../text/bytes';
import type { Config } from './config';
import { BuildFailure } from './failure';
import type { ImageResolver } from './image-resolver';
import type { CompileOptions } from './options';
import { outlineOf } from './outline';
import { convertRequest, lintConfig, ofForwarded, openSession, problemsOf } from './request';
import type { BuildError, Outline, Target } from './result';

/** The outline request: what the target uses, for the build platform. */
export async function outline(
  tree: SyntaxTree,
  options: CompileOptions,
  resolver: ImageResolver,
): Promise<{ readonly outline: Outline } | { readonly error: BuildError }> {
  let attributes: Config['attributes'] = new Map();
  try {
    const session = openSession(tree, options, resolver);
    ({ attributes } = session.config);
    const linter = Linter.collecting(lintConfig(session));
    const { target } = await convertRequest(session, linter, undefined, false);
    return { outline: outlineOf(target) };
  } catch (error) {
    return { error: ofForwarded(attributes, error).toBuildError() };
  }
}

/** What can be built from a file; the options matter only where BuildKit refuses them. */
export function targets(
  tree: SyntaxTree,
  options: CompileOptions = {},
): { readonly targets: readonly Target[] } | { readonly error: BuildError } {
  let attributes: Config['attributes'] = new Map();
  try {
    ({ attributes } = openSession(tree, options, offlineResolver()).config);
    const { stages } = readTargets(tree, options.frontendRelease);
    return {
      targets: stages.map(({ from }, index) => ({
        name: from.name,
        description: asRunes(from.description),
        base: asRunes(from.base),
        platform: asRunes(from.platform),
        default: index === stages.length - 1,
        lines: from.lines,
      })),
    };
  } catch (error) {
    return { error: ofForwarded(attributes, error).toBuildError() };
  }
}

/** A file without stages has no targets, but that is no error here. */
function readTargets(tree: SyntaxTree, release: string | undefined): TypedDockerfile {
  const [problem] = tree.problems;
  if (problem !== undefined) throw new BuildFailure(problem.message, [problem.lines], problem.span);
  const typed = typeInstructions(tree, undefined);
  const [bad] = problemsOf(typed, release);
  if (bad !== undefined) throw new BuildFailure(bad.message, [bad.node.lines], bad.node.span);
  return typed;
}
