/** Variables in a command's words, seen from the stage as it is. */
import type { Command } from '../instructions/command';
import { rules } from '../lint/rules';
import { expandWord, type LexerOptions } from '../words/lexer';
import { variableSpans, type Conversion } from './conversion';
import type { StageState } from './stage-state';

/** Arguments that configure the build and never become variables. */
export const buildOnlyArguments: ReadonlySet<string> = new Set([
  'BUILDKIT_SBOM_SCAN_CONTEXT',
  'BUILDKIT_SBOM_SCAN_STAGE',
]);

export type Expander = (word: string) => string;

/**
 * An expander for a command; variables without a value are reported, also when a word fails.
 * The expander throws ExpansionError.
 */
export function expanderFor(
  conversion: Conversion,
  stage: StageState,
  command: Command,
  options: LexerOptions = conversion.lexer,
): Expander {
  return (word) => {
    const { env } = stage.state;
    const seen: { unmatched: ReadonlySet<string> } = { unmatched: new Set() };
    try {
      return expandWord(word, env, options, seen).result;
    } finally {
      if (seen.unmatched.size > 0) reportUndefined(conversion, stage, command, seen.unmatched);
    }
  };
}

function reportUndefined(
  { linter: allLinter, tree }: Conversion,
  stage: StageState,
  command: Command,
  unmatched: ReadonlySet<string>,
): void {
  const linter = allLinter.above(command.comments);
  const rule = rules.undefinedVar;
  for (const name of unmatched) {
    if (buildOnlyArguments.has(name) || stage.buildArgs.some(({ key }) => key === name)) continue;
    const suggestion = stage.state.env.suggest(name);
    linter.report(rule, rule.detail(name, suggestion ?? ''), {
      lines: command.lines,
      spans: variableSpans(tree, command.node, name),
      subject: name,
      suggestion,
    });
  }
}
