/**
 * Which node of a builder builds which platform, by buildx's rules: first the nodes whose platform
 * is exactly the wanted one, as the user or the node says; then those that can run it, the nearest
 * first; at last the first node, which may emulate.
 */

/** The platforms of each node, in the order of the nodes. `os/architecture[/variant]`. */
export type NodePlatforms = readonly (readonly string[])[];

/**
 * The index of the node for each wanted platform; `exact` when every one has a node of exactly its
 * platform, so that asking the nodes what else they can do would change nothing.
 */
export function chooseNodes(
  nodes: NodePlatforms,
  wanted: readonly string[],
): { readonly indices: readonly number[]; readonly exact: boolean } {
  const choices = wanted.map((platform) => choose(nodes, normalized(platform)));
  return {
    indices: choices.map((choice) => choice?.index ?? 0),
    exact: choices.every((choice) => choice?.rank === 0),
  };
}

type Choice = { readonly index: number; readonly rank: number };

function choose(nodes: NodePlatforms, wanted: string): Choice | undefined {
  let best: Choice | undefined;
  for (const [index, platforms] of nodes.entries()) {
    for (const platform of platforms) {
      const rank = runnableOn(normalized(platform)).indexOf(wanted);
      if (rank >= 0 && (best === undefined || rank < best.rank)) best = { index, rank };
    }
  }
  return best;
}

const usual: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  i386: '386',
};

/** One spelling for each platform: `linux/arm64/v8` is `linux/arm64`, `linux/arm` is `linux/arm/v7`. */
function normalized(platform: string): string {
  const [os = '', given = '', variant = ''] = platform.toLowerCase().split('/');
  const architecture = usual[given] ?? given;
  if (architecture === 'arm64' && variant === 'v8') return `${os}/arm64`;
  if (architecture === 'amd64' && variant === 'v1') return `${os}/amd64`;
  if (architecture === 'arm' && variant === '') return `${os}/arm/v7`;
  return [os, architecture, variant].filter((part) => part !== '').join('/');
}

/** What a machine of a platform can run, the nearest first. */
function runnableOn(platform: string): readonly string[] {
  const [os = '', architecture = '', variant = ''] = platform.split('/');
  if (architecture === 'amd64') {
    const level = Number(variant.replace('v', '') || '1');
    const levels = Array.from({ length: level }, (_, index) => level - index);
    return [
      ...levels.map((one) => (one === 1 ? `${os}/amd64` : `${os}/amd64/v${one}`)),
      `${os}/386`,
    ];
  }
  if (architecture === 'arm64') return [platform, ...armBelow(os, 9)];
  if (architecture === 'arm') return armBelow(os, Number(variant.replace('v', '')) + 1);
  return [platform];
}

/** 32-bit ARM runs what is older. */
function armBelow(os: string, version: number): string[] {
  return [8, 7, 6, 5].filter((one) => one < version).map((one) => `${os}/arm/v${one}`);
}
