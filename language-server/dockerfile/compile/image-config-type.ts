/** BuildKit's Go structs of an image config: what its decoder accepts. */
import type { GoField, GoStruct, GoType } from '../text/go-decode';

const string: GoType = { kind: 'string', name: 'string' };
const bool: GoType = { kind: 'bool', name: 'bool' };
const time: GoType = { kind: 'time', name: 'time.Time' };
const duration: GoType = { kind: 'integer', name: 'time.Duration' };
const strings: GoType = { kind: 'list', name: '[]string', of: string };
const set: GoType = {
  kind: 'map',
  name: 'map[string]struct {}',
  of: { kind: 'struct', name: 'struct {}', fields: {} },
};

const rootfs: GoType = {
  kind: 'struct',
  name: 'v1.RootFS',
  fields: {
    type: { type: string },
    diff_ids: {
      type: {
        kind: 'list',
        name: '[]digest.Digest',
        of: { kind: 'string', name: 'digest.Digest' },
      },
    },
  },
};

const history: GoType = {
  kind: 'list',
  name: '[]v1.History',
  of: {
    kind: 'struct',
    name: 'v1.History',
    fields: {
      created: { type: time },
      created_by: { type: string },
      author: { type: string },
      comment: { type: string },
      empty_layer: { type: bool },
    },
  },
};

const healthcheck: GoType = {
  kind: 'struct',
  name: 'v1.HealthcheckConfig',
  fields: {
    Test: { type: strings },
    Interval: { type: duration },
    Timeout: { type: duration },
    StartPeriod: { type: duration },
    StartInterval: { type: duration },
    Retries: { type: { kind: 'integer', name: 'int' } },
  },
};

const platformFields: Readonly<Record<string, GoType>> = {
  architecture: string,
  os: string,
  'os.version': string,
  'os.features': strings,
  variant: string,
};

const imageFields: Readonly<Record<string, GoType>> = {
  created: time,
  author: string,
  rootfs,
  history,
};

const runFields: Readonly<Record<string, GoType>> = {
  User: string,
  ExposedPorts: set,
  Env: strings,
  Entrypoint: strings,
  Cmd: strings,
  Volumes: set,
  WorkingDir: string,
  Labels: { kind: 'map', name: 'map[string]string', of: string },
  StopSignal: string,
  ArgsEscaped: bool,
};

const dockerFields: Readonly<Record<string, GoType>> = {
  Healthcheck: healthcheck,
  OnBuild: strings,
  Shell: strings,
};

function within(
  embedded: string,
  types: Readonly<Record<string, GoType>>,
): Readonly<Record<string, GoField>> {
  return Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, { type, within: embedded }]),
  );
}

/** With Docker's own fields: what base images are read as. */
export const dockerImage: GoStruct = {
  kind: 'struct',
  name: 'v1.DockerOCIImage',
  fields: {
    ...within('Image.', imageFields),
    ...within('Image.Platform.', platformFields),
    config: {
      type: {
        kind: 'struct',
        name: 'v1.DockerOCIImageConfig',
        fields: {
          ...within('ImageConfig.', runFields),
          ...within('DockerOCIImageConfigExt.', dockerFields),
        },
      },
    },
  },
};

/** Without them: what the image of an SBOM scanner is read as. */
export const ociImage: GoStruct = {
  kind: 'struct',
  name: 'v1.Image',
  fields: {
    ...within('', imageFields),
    ...within('Platform.', platformFields),
    config: {
      type: { kind: 'struct', name: 'v1.ImageConfig', fields: within('', runFields) },
    },
  },
};
