/** The flags that name binary caches to take store paths from, by Nix's names. */
import type { Command } from 'commander';
import type { DerivationSettings } from '../engine/derivation/build-closure';

export type CacheFlags = {
  readonly substituter: readonly string[];
  readonly trustedPublicKey: readonly string[];
  readonly requireSigs: boolean;
};

const collect = (value: string, previous: readonly string[]): string[] => [...previous, value];

export function addCacheOptions(command: Command): Command {
  return command
    .option('--substituter <url>', 'binary cache to take from (repeatable)', collect, [])
    .option('--trusted-public-key <key>', 'who may sign what is taken (repeatable)', collect, [])
    .option('--no-require-sigs', 'take what nobody has signed too');
}

export function cacheSettings(flags: CacheFlags): DerivationSettings {
  return {
    substituters: flags.substituter,
    trustedPublicKeys: flags.trustedPublicKey,
    requireSignatures: flags.requireSigs,
  };
}
