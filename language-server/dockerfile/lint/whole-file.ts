/** Rules that look at the whole file: stage names and the casing of keywords. */
import type { Command, FromCommand } from '../instructions/command';
import type { TypedDockerfile } from '../instructions/dockerfile';
import { toLower, toUpper } from '../text/go';
import type { Linter } from './linter';
import { rules } from './rules';

const reserved = new Set(['context', 'scratch']);

/** Runs the rules in BuildKit's order. */
export function lintWhole({ stages }: TypedDockerfile, linter: Linter): void {
  lintStageNames(
    stages.map(({ from }) => from),
    linter,
  );
  // Global ARGs are not among the commands that BuildKit looks at.
  lintCasing(
    stages.flatMap(({ from, commands }) => [from, ...commands]),
    linter,
  );
}

function lintStageNames(stages: readonly FromCommand[], linter: Linter): void {
  const known = new Set<string>();
  for (const { name, lines, node } of stages) {
    if (name === '') continue;
    const place = { lines, spans: node.words.slice(2, 3) };
    if (reserved.has(name)) {
      linter.report(rules.reservedStageName, rules.reservedStageName.detail(name), place);
    }
    if (known.has(name)) {
      linter.report(rules.duplicateStageName, rules.duplicateStageName.detail(name), place);
    }
    known.add(name);
  }
}

/** The majority decides; of equal numbers upper case wins. */
export function majorityCasing(keywords: readonly string[]): 'lowercase' | 'uppercase' {
  let lower = 0;
  let upper = 0;
  for (const keyword of keywords) {
    if (keyword === toLower(keyword)) lower++;
    else if (keyword === toUpper(keyword)) upper++;
  }
  return lower > upper ? 'lowercase' : 'uppercase';
}

function lintCasing(commands: readonly (Command | FromCommand)[], linter: Linter): void {
  const wanted = majorityCasing(commands.map(({ keyword }) => keyword));
  const convert = wanted === 'lowercase' ? toLower : toUpper;
  const rule = rules.consistentInstructionCasing;
  for (const { keyword, lines, node } of commands) {
    if (keyword === convert(keyword)) continue;
    linter.report(rule, rule.detail(keyword, wanted), { lines, spans: [node.keywordSpan] });
  }
}
