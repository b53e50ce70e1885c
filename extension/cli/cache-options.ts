/** The flags that name binary caches to take store paths from, by Nix's names. */
import type { Command } from 'commander';
import type { DerivationSettings } from '../engine/derivation/build-closure';
import { repeated } from './repeated';

export type CacheFlags = {
  readonly substituter: readonly string[];
  readonly trustedPublicKey: readonly string[];
  readonly requireSigs: boolean;
};

export function addCacheOptions(command: Command): Command {
  return command
    .option('--substituter <url>', 'binary cache to take from (repeatable)', repeated, [])
    .option('--trusted-public-key <key>', 'who may sign what is taken (repeatable)', repeated, [])
    .option('--no-require-sigs', 'take what nobody has signed too');
}

export function cacheSettings(flags: CacheFlags): DerivationSettings {
  return {
    substituters: flags.substituter,
    trustedPublicKeys: flags.trustedPublicKey,
    requireSignatures: flags.requireSigs,
  };
}
