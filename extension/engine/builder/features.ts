/**
 * What older builders cannot do, in words: capabilities that features here rest on. Versions are
 * never compared; the release is named only to say what to update to.
 */

type Feature = { readonly capability: string; readonly since: string; readonly lacks: string };

const features: readonly Feature[] = [
  {
    capability: 'gateway.exec.secretenv',
    since: '0.12',
    lacks: 'Shells of steps have no secrets in their environment.',
  },
  {
    capability: 'exporter.multiple',
    since: '0.13',
    lacks: 'A build has one exporter only.',
  },
  {
    capability: 'exec.validexitcode',
    since: '0.17',
    lacks: 'The files of a failed step can be seen through a shell only.',
  },
  {
    capability: 'mergeop',
    since: '0.10, with the containerd image store in Docker',
    lacks: 'COPY --link copies like COPY does.',
  },
  {
    capability: 'diffop',
    since: '0.10, with the containerd image store in Docker',
    lacks: 'What a step changed is found by comparing whole directories.',
  },
  {
    capability: 'exporter.image.attestations',
    since: '0.11',
    lacks: 'Images carry no provenance and no SBOM.',
  },
  { capability: 'source.policy', since: '0.11', lacks: 'Source policies are not applied.' },
  {
    capability: 'gateway.exec.filesystem',
    since: '0.27',
    lacks: 'The files of a running container are read by programs inside it.',
  },
];

/** A sentence for each feature that a builder is too old for. */
export function missingFeatures(capabilities: ReadonlySet<string>, history: boolean): string[] {
  const missing = features.filter(({ capability }) => !capabilities.has(capability));
  return [
    ...(history ? [] : ['Builds are not remembered (BuildKit 0.11).']),
    ...missing.map(({ lacks, since }) => `${lacks.replace(/\.$/, '')} (BuildKit ${since}).`),
  ];
}
