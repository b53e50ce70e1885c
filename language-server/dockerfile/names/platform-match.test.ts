import { expect, test } from 'vitest';
import { parsePlatform } from './platform';
import { platformRank } from './platform-match';

test.each([
  ['linux/amd64', ['linux/386', 'linux/amd64'], 'linux/amd64'],
  ['linux/amd64', ['linux/386', 'linux/arm64'], 'linux/386'],
  ['linux/amd64/v3', ['linux/amd64', 'linux/amd64/v2', 'linux/amd64/v4'], 'linux/amd64/v2'],
  ['linux/arm64', ['linux/arm/v7', 'linux/arm64/v8'], 'linux/arm64/v8'],
  ['linux/arm64', ['linux/arm/v6', 'linux/arm/v7'], 'linux/arm/v7'],
  ['linux/arm64/v9', ['linux/arm64/v8', 'linux/arm64/v9'], 'linux/arm64/v9'],
  ['linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6', 'linux/arm/v8'], 'linux/arm/v6'],
  ['linux/arm/v6', ['linux/arm/v7'], undefined],
  ['linux/s390x', ['linux/amd64'], undefined],
  ['windows(10.0.20348.1)/amd64', ['linux/amd64', 'windows(10.0.20348.9)/amd64'], 1],
  ['windows(10.0.20348)/amd64', ['windows(10.0.17763)/amd64'], undefined],
])('%s of %j is served by %s', (wanted, offered, expected) => {
  const ranks = offered.map((one) => platformRank(parsePlatform(wanted), parsePlatform(one)));
  const known = ranks.filter((rank) => rank !== undefined);
  const best = known.length === 0 ? undefined : ranks.indexOf(Math.min(...known));
  const index = typeof expected === 'string' ? offered.indexOf(expected) : expected;
  expect(best).toBe(index);
});
