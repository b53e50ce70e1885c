/** Variables that exist without an ARG, and build arguments that configure the build itself. */

export type VariableSpec = {
  readonly docs: string;
  /**
   * `platform` and `target`: known to FROM and, after `ARG NAME`, in a stage.
   * `proxy`: seen by every RUN, kept out of history and cache unless declared.
   * `build`: read by the builder, never a variable of the file unless declared.
   */
  readonly scope: 'platform' | 'target' | 'proxy' | 'build';
};

const platformVariables = (prefix: 'BUILD' | 'TARGET', what: string): [string, VariableSpec][] =>
  (
    [
      ['PLATFORM', `${what}, e.g. \`linux/arm64\`.`],
      ['OS', `The operating system of ${what.toLowerCase()}.`],
      ['OSVERSION', `The version of that operating system, for Windows.`],
      ['ARCH', `The architecture of ${what.toLowerCase()}.`],
      ['VARIANT', `The variant of that architecture, e.g. \`v7\`.`],
    ] as const
  ).map(([suffix, docs]) => [prefix + suffix, { docs, scope: 'platform' }]);

const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];

export const predefinedVariables: ReadonlyMap<string, VariableSpec> = new Map<string, VariableSpec>(
  [
    ...platformVariables('TARGET', 'The platform that is built for'),
    ...platformVariables('BUILD', 'The platform of the machine that builds'),
    ['TARGETSTAGE', { docs: 'The stage that is built, or `default`.', scope: 'target' }],
    ...proxies
      .flatMap((name) => [name, name.toLowerCase()])
      .map((name): [string, VariableSpec] => [
        name,
        {
          docs: 'A proxy setting of the build. Every RUN sees it; history and cache do not, unless the file declares it.',
          scope: 'proxy',
        },
      ]),
    ...Object.entries({
      BUILDKIT_BUILD_NAME: 'The name under which the build is kept in the history.',
      BUILDKIT_CACHE_MOUNT_NS: 'A prefix for the ids of all cache mounts.',
      BUILDKIT_CONTEXT_KEEP_GIT_DIR: 'Keep the `.git` folder of a git build context.',
      BUILDKIT_DOCKERFILE_CHECK: 'Build checks, in the place of the `# check=` directive.',
      BUILDKIT_INLINE_CACHE: 'Write cache metadata into the image config.',
      BUILDKIT_MULTI_PLATFORM: 'Give the result the shape of a build for many platforms.',
      BUILDKIT_SANDBOX_HOSTNAME: 'The host name inside RUN.',
      BUILDKIT_SBOM_SCAN_CONTEXT: 'Scan the build context too for a bill of materials.',
      BUILDKIT_SBOM_SCAN_STAGE: 'Scan these stages too for a bill of materials.',
      BUILDKIT_SYNTAX: 'The frontend image, in the place of the `# syntax=` directive.',
      SOURCE_DATE_EPOCH:
        'The time that image and layers get: seconds since 1970, or the name of a source.',
    }).map(([name, docs]): [string, VariableSpec] => [name, { docs, scope: 'build' }]),
  ],
);
