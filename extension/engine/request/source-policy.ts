/** A source policy: which sources a build may use, and what they are replaced with. JSON in a file. */
import { readFile } from 'node:fs/promises';
import {
  AttrMatch,
  MatchType,
  type Policy,
  PolicyAction,
} from '../../../proto/generated/sourcepolicy';
import type { Init } from '../../../proto/wire/message';
import {
  DecodeError,
  type Decoder,
  list,
  object,
  oneOf,
  table,
  text,
  whole,
} from '../profile/decode';
import { ProfileError } from '../profile/profile';

const selector = object(
  {},
  {
    identifier: text,
    matchType: enumOf(MatchType),
    match_type: enumOf(MatchType),
    constraints: list(object({}, { key: text, value: text, condition: enumOf(AttrMatch) })),
  },
);

const policy = object(
  {},
  {
    version: whole,
    rules: list(
      object(
        {},
        {
          action: enumOf(PolicyAction),
          selector,
          updates: object({}, { identifier: text, attrs: table(text) }),
        },
      ),
    ),
  },
);

/** The name of a value, or its number. */
function enumOf(values: Readonly<Record<string, number>>): Decoder<number> {
  const names = oneOf(...Object.keys(values));
  return (value, path) =>
    typeof value === 'number' ? whole(value, path) : (values[names(value, path)] ?? 0);
}

/** @throws ProfileError naming what is wrong with the file */
export async function readSourcePolicy(path: string): Promise<Init<Policy>> {
  try {
    const { version = 0, rules = [] } = policy(JSON.parse(await readFile(path, 'utf8')), '');
    return {
      version: BigInt(version),
      rules: rules.map(({ action, selector: chosen, updates }) => ({
        action: action ?? PolicyAction.ALLOW,
        ...(chosen === undefined
          ? {}
          : {
              selector: {
                identifier: chosen.identifier ?? '',
                matchType: chosen.matchType ?? chosen.match_type ?? MatchType.WILDCARD,
                constraints: chosen.constraints ?? [],
              },
            }),
        ...(updates === undefined
          ? {}
          : {
              updates: {
                identifier: updates.identifier ?? '',
                attrs: new Map(Object.entries(updates.attrs ?? {})),
              },
            }),
      })),
    };
  } catch (error) {
    const reason =
      error instanceof DecodeError || error instanceof Error ? error.message : String(error);
    throw new ProfileError(`The source policy ${path} cannot be used: ${reason}.`);
  }
}
