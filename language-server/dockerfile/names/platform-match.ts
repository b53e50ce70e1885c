/**
 * Which of an index's manifests serves a platform: containerd's `platforms.Only` rules. A better
 * match comes first, and a processor also runs what older ones of its family run.
 */
import type { Platform } from '../../../proto/model/op';
import { normalizePlatform } from './platform';

/** Processors in the order of preference; `rank` is the place in it. */
type Processor = { readonly architecture: string; readonly variant: string };

/**
 * How well `offered` serves `wanted`: 0 is best, undefined not at all.
 */
export function platformRank(wanted: Platform, offered: Platform): number | undefined {
  const want = normalizePlatform(wanted);
  const offer = normalizePlatform(offered);
  if (want.os !== offer.os || !sameWindows(want, offer)) return undefined;
  const lacksFeature = (offer.osFeatures ?? []).some(
    (feature) => want.osFeatures?.includes(feature) !== true,
  );
  if (lacksFeature) return undefined;
  const { architecture, variant = '' } = offer;
  const rank = processorsFor(want).findIndex(
    (one) => one.architecture === architecture && one.variant === variant,
  );
  return rank < 0 ? undefined : rank;
}

/** Windows containers need the host's build; a missing version on either side matches all. */
function sameWindows(want: Platform, offer: Platform): boolean {
  if (want.os !== 'windows') return true;
  if (want.osVersion === undefined || offer.osVersion === undefined) return true;
  const build = (version: string) => version.split('.').slice(0, 3).join('.');
  return build(want.osVersion) === build(offer.osVersion);
}

function processorsFor({ architecture, variant = '' }: Platform): Processor[] {
  switch (architecture) {
    case 'amd64':
      return [
        { architecture, variant },
        ...older('amd64', variant, 1),
        { architecture: '386', variant: '' },
      ].map(normal);
    case 'arm':
      return [{ architecture, variant }, ...older('arm', variant, 5)];
    case 'arm64':
      return [
        ...arm64Variants(variant === '' ? 'v8' : variant),
        { architecture: 'arm', variant: 'v8' },
        ...older('arm', 'v8', 5),
      ];
    default:
      return [{ architecture, variant }];
  }
}

/** `v7` → `v6`, `v5` …, down to `last`. */
function older(architecture: string, variant: string, last: number): Processor[] {
  const version = Number(/^v(\d+)$/.exec(variant)?.[1] ?? Number.NaN);
  const processors: Processor[] = [];
  for (let next = version - 1; next >= last; next--) {
    processors.push({ architecture, variant: `v${next}` });
  }
  return processors;
}

/** ARMv9.n runs all of ARMv8.(n+5). */
function arm64Variants(variant: string): Processor[] {
  const [, major, minor = '0'] = /^v([89])(?:\.(\d))?$/.exec(variant) ?? [];
  if (major === undefined) return [{ architecture: 'arm64', variant }];
  const top = Number(minor);
  return major === '9'
    ? [...descending('v9', top), ...descending('v8', Math.min(top + 5, 9))]
    : descending('v8', top);
}

function descending(major: string, minor: number): Processor[] {
  return Array.from({ length: minor + 1 }, (_, index) => minor - index).map((one) =>
    normal({ architecture: 'arm64', variant: one === 0 ? major : `${major}.${one}` }),
  );
}

/** Variants that are the default are written as none. */
function normal({ architecture, variant }: Processor): Processor {
  const isDefault =
    (architecture === 'arm64' && variant === 'v8') ||
    (architecture === 'amd64' && variant === 'v1');
  return { architecture, variant: isDefault ? '' : variant };
}
