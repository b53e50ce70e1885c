/**
 * Image configs: read from a registry's JSON, changed by instructions, written as BuildKit writes
 * them. Fields that BuildKit does not know are dropped, as its Go structs drop them.
 */
import type { Platform } from '../../../proto/model/op';
import { asRunes, toBytes } from '../text/bytes';
import { compareBytes, toLower } from '../text/go';
import { checkDecodes } from '../text/go-decode';
import { goJson, type GoJson } from '../text/go-json';
import { checkJsonSyntax } from '../text/go-json-syntax';
import { dockerImage } from './image-config-type';
import { defaultPathVariable } from '../names/os-path';
import type { Healthcheck } from '../instructions/command';
import { GrowingList } from './growing-list';
import { ImageEnvironment } from './image-environment';

export type HistoryEntry = {
  readonly created?: string | undefined;
  readonly createdBy: string;
  readonly author: string;
  readonly comment: string;
  readonly emptyLayer: boolean;
};

/** Lists and maps are never changed in place: a stage's image is shared with those built on it. */
export type ImageConfig = {
  readonly created?: string | undefined;
  readonly author: string;
  readonly architecture: string;
  readonly os: string;
  readonly osVersion: string;
  readonly osFeatures?: readonly string[];
  readonly variant: string;
  readonly rootfs: { readonly type: string; readonly diffIds?: readonly string[] };
  readonly history: GrowingList<HistoryEntry>;
  readonly user: string;
  /** A port may stand here more than once, like a volume. */
  readonly exposedPorts?: GrowingList<string>;
  readonly env: ImageEnvironment;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly volumes?: GrowingList<string>;
  readonly workingDir: string;
  /** In the order in which they were set; the last one of a name counts. */
  readonly labels?: GrowingList<readonly [name: string, value: string]>;
  readonly stopSignal: string;
  readonly argsEscaped: boolean;
  readonly healthcheck?: Healthcheck;
  readonly onBuild: readonly string[];
  readonly shell: readonly string[];
};

/** An image of which nothing is known yet. */
export const blankImage: ImageConfig = {
  author: '',
  architecture: '',
  os: '',
  osVersion: '',
  variant: '',
  rootfs: { type: '' },
  history: GrowingList.of<HistoryEntry>([]),
  user: '',
  env: ImageEnvironment.empty,
  entrypoint: [],
  cmd: [],
  workingDir: '',
  stopSignal: '',
  argsEscaped: false,
  onBuild: [],
  shell: [],
};

/** An image without its time of creation: what a stage that is built on it starts with. */
export function withoutTime(image: ImageConfig): ImageConfig {
  return { ...image, created: undefined };
}

/** What `FROM scratch` starts with. */
export function emptyImage(platform: Platform): ImageConfig {
  const { os, architecture, variant = '', osVersion = '', osFeatures } = platform;
  return {
    ...blankImage,
    os,
    architecture,
    variant,
    osVersion,
    ...(osFeatures && { osFeatures }),
    rootfs: { type: 'layers' },
    workingDir: '/',
    env: ImageEnvironment.of(os === 'windows' ? [] : [`PATH=${defaultPathVariable(os)}`]),
  };
}

/** The platform that an image says it is for. */
export function imagePlatform(image: ImageConfig): Platform {
  const { os, architecture, variant, osVersion, osFeatures } = image;
  return {
    os,
    architecture,
    ...(variant !== '' && { variant }),
    ...(osVersion !== '' && { osVersion }),
    ...(osFeatures && { osFeatures }),
  };
}

/**
 * Reads an image config.
 * @param type what BuildKit reads it as
 * @throws Error with Go's message for what is not JSON, and for values of a wrong kind
 */
export function readImageConfig(bytes: Uint8Array, type = dockerImage): ImageConfig {
  checkJsonSyntax(bytes);
  return imageConfigOf(JSON.parse(new TextDecoder().decode(bytes)), type);
}

/**
 * Reads an image config that is a JSON value already.
 * @throws Error with Go's message for values of a wrong kind
 */
export function imageConfigOf(json: unknown, type = dockerImage): ImageConfig {
  checkDecodes(json, type);
  const image = new Fields(json);
  const config = image.fields('config');
  const rootfs = image.fields('rootfs');
  const healthcheck = config.optionalFields('Healthcheck');
  const diffIds = rootfs.optionalTexts('diff_ids');
  const osFeatures = image.optionalTexts('os.features');
  const exposedPorts = config.keySet('ExposedPorts');
  const volumes = config.keySet('Volumes');
  const labels = config.textMap('Labels');
  return {
    ...blankImage,
    ...time(image.text('created')),
    author: image.text('author'),
    architecture: image.text('architecture'),
    os: image.text('os'),
    osVersion: image.text('os.version'),
    ...(osFeatures && { osFeatures }),
    variant: image.text('variant'),
    rootfs: { type: rootfs.text('type'), ...(diffIds && { diffIds }) },
    history: GrowingList.of<HistoryEntry>(
      image.list('history').map((item) => {
        const entry = new Fields(item);
        return {
          ...time(entry.text('created')),
          createdBy: entry.text('created_by'),
          author: entry.text('author'),
          comment: entry.text('comment'),
          emptyLayer: entry.value('empty_layer') === true,
        };
      }),
    ),
    user: config.text('User'),
    ...(exposedPorts && { exposedPorts: GrowingList.of([...exposedPorts]) }),
    env: ImageEnvironment.of(config.texts('Env')),
    entrypoint: config.texts('Entrypoint'),
    cmd: config.texts('Cmd'),
    ...(volumes && { volumes: GrowingList.of([...volumes]) }),
    workingDir: config.text('WorkingDir'),
    ...(labels && { labels: GrowingList.of([...labels]) }),
    stopSignal: config.text('StopSignal'),
    argsEscaped: config.value('ArgsEscaped') === true,
    ...(healthcheck && {
      healthcheck: {
        test: healthcheck.texts('Test'),
        interval: healthcheck.integer('Interval'),
        timeout: healthcheck.integer('Timeout'),
        startPeriod: healthcheck.integer('StartPeriod'),
        startInterval: healthcheck.integer('StartInterval'),
        retries: healthcheck.integer('Retries'),
      },
    }),
    onBuild: config.texts('OnBuild'),
    shell: config.texts('Shell'),
  };
}

function time(text: string): { created?: string } {
  // Go writes the fraction of a second without trailing zeros.
  return text === ''
    ? {}
    : { created: text.replace(/(\.\d*?)0+(?=\D*$|[Z+-])/, '$1').replace(/\.(?=[Z+-])/, '') };
}

/**
 * A JSON object read as Go's decoder reads it: names without regard to case, null as nothing. What
 * its values are has been checked before.
 */
class Fields {
  readonly #values = new Map<string, unknown>();

  constructor(json: unknown) {
    for (const [key, value] of Object.entries(json ?? {})) this.#values.set(toLower(key), value);
  }

  value(key: string): unknown {
    return this.#values.get(key.toLowerCase()) ?? undefined;
  }

  text(key: string): string {
    return textOf(this.value(key));
  }

  integer(key: string): bigint {
    const value = this.value(key);
    return typeof value === 'number' ? BigInt(value) : 0n;
  }

  list(key: string): readonly unknown[] {
    const value = this.value(key);
    return Array.isArray(value) ? value : [];
  }

  texts(key: string): readonly string[] {
    return this.list(key).map(textOf);
  }

  optionalTexts(key: string): readonly string[] | undefined {
    return this.value(key) === undefined ? undefined : this.texts(key);
  }

  fields(key: string): Fields {
    return new Fields(this.value(key));
  }

  optionalFields(key: string): Fields | undefined {
    return this.value(key) === undefined ? undefined : this.fields(key);
  }

  keySet(key: string): ReadonlySet<string> | undefined {
    const value = this.value(key);
    return value === undefined ? undefined : new Set(Object.keys(value ?? {}));
  }

  textMap(key: string): ReadonlyMap<string, string> | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const entries: readonly (readonly [string, unknown])[] = Object.entries(value ?? {});
    return new Map(entries.map(([name, item]) => [name, textOf(item)]));
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? asRunes(value) : '';
}

/** Stands for a time outside the years 0 to 9999, which Go refuses to write. */
export const unrepresentableTime = 'unrepresentable';

/** @throws Error with Go's message when the history has an {@link unrepresentableTime}. */
export function checkTimes({ history }: ImageConfig): void {
  if (history.list().some(({ created }) => created === unrepresentableTime)) {
    throw new Error(
      'json: error calling MarshalJSON for type *time.Time: Time.MarshalJSON: year outside of range [0,9999]',
    );
  }
}

/**
 * The bytes that BuildKit writes: fixed order of fields, sorted maps, empty parts left out.
 * @throws Error as {@link checkTimes} does.
 */
export function imageConfigBytes(image: ImageConfig): Uint8Array {
  const { rootfs } = image;
  checkTimes(image);
  const history = image.history.list().map((entry) =>
    present([
      ['created', entry.created],
      ['created_by', entry.createdBy],
      ['author', entry.author],
      ['comment', entry.comment],
      ['empty_layer', entry.emptyLayer],
    ]),
  );
  const json: ReadonlyMap<string, GoJson> = new Map<string, GoJson>([
    ...present([
      ['created', image.created],
      ['author', image.author],
    ]),
    ['architecture', image.architecture],
    ['os', image.os],
    ...present([
      ['os.version', image.osVersion],
      ['os.features', image.osFeatures],
      ['variant', image.variant],
    ]),
    [
      'rootfs',
      new Map<string, GoJson>([
        ['type', rootfs.type],
        ['diff_ids', rootfs.diffIds ?? null],
      ]),
    ],
    ...present([['history', history]]),
    ['config', runConfig(image)],
  ]);
  return toBytes(goJson(json));
}

function runConfig(image: ImageConfig): GoJson {
  const { healthcheck } = image;
  return present([
    ['User', image.user],
    ['ExposedPorts', keyObject(image.exposedPorts?.list())],
    ['Env', image.env.list()],
    ['Entrypoint', image.entrypoint],
    ['Cmd', image.cmd],
    ['Volumes', keyObject(image.volumes?.list())],
    ['WorkingDir', image.workingDir],
    ['Labels', sortedObject(image.labels && new Map(image.labels.list()))],
    ['StopSignal', image.stopSignal],
    ['ArgsEscaped', image.argsEscaped],
    ...(healthcheck === undefined ? [] : [['Healthcheck', healthJson(healthcheck)] as const]),
    ['OnBuild', image.onBuild],
    ['Shell', image.shell],
  ]);
}

function healthJson(health: Healthcheck): GoJson {
  return present([
    ['Test', health.test],
    ['Interval', health.interval],
    ['Timeout', health.timeout],
    ['StartPeriod', health.startPeriod],
    ['StartInterval', health.startInterval],
    ['Retries', health.retries],
  ]);
}

function keyObject(keys: readonly string[] | undefined): GoJson | undefined {
  return keys && sortedObject(new Map(keys.map((key) => [key, new Map()])));
}

/** Undefined for an empty map, which Go leaves out. */
function sortedObject(map: ReadonlyMap<string, GoJson> | undefined): GoJson | undefined {
  if (map === undefined || map.size === 0) return undefined;
  return new Map([...map].sort(([a], [b]) => compareBytes(a, b)));
}

/** The fields that are not empty. An empty object counts: in Go it is a pointer that is set. */
function present(
  fields: readonly (readonly [string, GoJson | undefined])[],
): ReadonlyMap<string, GoJson> {
  const kept = new Map<string, GoJson>();
  for (const [key, value] of fields) {
    const empty = value === undefined || value === '' || value === false || value === 0n;
    if (!empty && !(Array.isArray(value) && value.length === 0)) kept.set(key, value);
  }
  return kept;
}
