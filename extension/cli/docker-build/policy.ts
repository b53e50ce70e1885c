/**
 * Build policies, which buildx evaluates itself since 0.31: Rego files that allow or deny what a
 * build reads. They are refused, never passed over: who writes one relies on it.
 */
import { parseTruth, keyValues } from '../../engine/request/key-values';
import { CliError, ExitCode } from '../exit-code';

/** @param policies as `--policy` has them @throws CliError (usage) unless they turn policies off */
export function requireNoPolicy(policies: readonly string[]): void {
  for (const text of policies) {
    if (parseTruth(keyValues(text, '--policy').get('disabled') ?? '') === true) continue;
    throw new CliError(ExitCode.usage, `--policy ${text}: LLB Lens evaluates no Rego policies`, {
      remedy: 'Build with docker buildx build, or write --policy disabled=true.',
    });
  }
}
