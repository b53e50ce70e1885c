/** `llb-lens llb --predict`: what a build would do now, step by step, and why. */
import { resolve } from 'node:path';
import type { BuildProfile } from '../../proto/messages/build-profile';
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import { parseProfile } from '../engine/profile/profile';
import { isStep, predictionTotals, type StepPrediction } from '../engine/records/predict';
import { predictFile } from '../engine/records/predict-file';
import { reasonText } from '../../webview/picture/reason-text';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';
import { STDIN } from './input-file';
import { type ProfileFlags, profileOf } from './profile-options';

export type PredictFlags = ProfileFlags & {
  readonly predict: boolean;
  readonly edited: readonly string[];
  readonly context?: string;
  readonly builder?: string;
  readonly json: boolean;
};

export async function predict(
  file: string,
  flags: PredictFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  if (file === STDIN) {
    throw new CliError(ExitCode.usage, '--predict needs a file: what is known goes by its name');
  }
  const profile: BuildProfile & LaunchAttributes = {
    ...parseProfile(profileOf(flags)),
    ...(flags.context === undefined ? {} : { context: flags.context }),
    ...(flags.builder === undefined ? {} : { builder: flags.builder }),
    file,
  };
  const predictions = await predictFile(
    { profile, cwd: process.cwd(), env: process.env, signal },
    flags.edited.map((path) => resolve(path)),
  );
  const totals = predictionTotals(predictions);
  await to.out(
    flags.json
      ? `${JSON.stringify({ totals, steps: predictions.map(stepReport) }, undefined, 2)}\n`
      : `${predictions
          .filter(({ step }) => isStep(step))
          .map(stepLines)
          .join('')}${totalsLine(totals)}`,
  );
  return ExitCode.good;
}

function stepReport({ step, reasons, ...prediction }: StepPrediction) {
  const { digest, neutral, fullName, kind, group, platform } = step;
  return {
    digest,
    neutral,
    name: fullName,
    kind,
    group,
    platform,
    ...prediction,
    ...wordsOf(reasons),
  };
}

const wordsOf = (reasons: StepPrediction['reasons']) =>
  reasons === undefined ? {} : { reasons: reasons.map((reason) => reasonText(reason)) };

const words = { cached: 'cached', run: 'RUNS', unknown: 'not known' } as const;

function stepLines({ step, outcome, duration, reasons = [] }: StepPrediction): string {
  const took = outcome === 'run' && duration !== undefined ? ` (about ${seconds(duration)})` : '';
  const why = reasons.map((reason) => `${' '.repeat(12)}${reasonText(reason)}\n`);
  return `${words[outcome].padEnd(11)} ${step.fullName}${took}\n${why.join('')}`;
}

function totalsLine({ cached, run, unknown, duration }: ReturnType<typeof predictionTotals>) {
  const about = duration === undefined ? '' : ` (about ${seconds(duration)})`;
  const rest = unknown === 0 ? '' : `, ${unknown} not known`;
  return `\nIf built now: ${run} ${run === 1 ? 'step runs' : 'steps run'}${about}, ${cached} cached${rest}.\n`;
}

/** @param milliseconds a duration */
function seconds(milliseconds: number): string {
  const exact = milliseconds / 1000;
  return `${exact < 10 ? exact.toFixed(1) : Math.round(exact)} s`;
}
