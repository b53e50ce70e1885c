/** Rules that look at the whole file: stage names and the casing of keywords. */
import { reservedStageNames } from '../grammar/stage-names';
import type { Command, FromCommand } from '../instructions/command';
import type { Stage } from '../instructions/stage';
import type { TypedDockerfile } from '../instructions/dockerfile';
import { casingOf, type Casing } from '../instructions/stage-text';
import { toLower, toUpper } from '../text/go';
import type { Linter } from './linter';
import { rules } from './rules';

const reserved: ReadonlySet<string> = new Set(reservedStageNames);

/** Runs the rules in BuildKit's order. */
export function lintWholeFile({ stages }: TypedDockerfile, linter: Linter): void {
  lintStageNames(
    stages.map(({ from }) => from),
    linter,
  );
  // Global ARGs are not among the commands that BuildKit looks at.
  lintCasing(stages, linter);
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
const majorityOf = ({
  lower,
  upper,
}: Pick<Casing, 'lower' | 'upper'>): 'lowercase' | 'uppercase' =>
  lower > upper ? 'lowercase' : 'uppercase';

export function majorityCasing(keywords: readonly string[]): 'lowercase' | 'uppercase' {
  return majorityOf(casingOf(keywords));
}

const commandsOf = ({ from, commands }: Stage): (Command | FromCommand)[] => [from, ...commands];

function lintCasing(stages: readonly Stage[], linter: Linter): void {
  const casings = stages.map(
    (stage) => stage.text?.casing ?? casingOf(commandsOf(stage).map(({ keyword }) => keyword)),
  );
  const wanted = majorityOf({
    lower: casings.reduce((sum, { lower }) => sum + lower, 0),
    upper: casings.reduce((sum, { upper }) => sum + upper, 0),
  });
  const convert = wanted === 'lowercase' ? toLower : toUpper;
  const rule = rules.consistentInstructionCasing;
  for (const [index, stage] of stages.entries()) {
    const casing = casings[index];
    if (casing?.of === (wanted === 'lowercase' ? casing?.lower : casing?.upper)) continue;
    for (const { keyword, lines, node } of commandsOf(stage)) {
      if (keyword === convert(keyword)) continue;
      linter.report(rule, rule.detail(keyword, wanted), { lines, spans: [node.keywordSpan] });
    }
  }
}
