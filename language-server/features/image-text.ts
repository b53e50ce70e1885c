/** What an image config says, in lines of Markdown. */
import { bytesText } from '../../proto/model/byte-size';
import type { ResolvedImage } from '../dockerfile';
import { arrayOf, isString, object, recordOf } from '../../proto/messages/validate';

type ContainerConfig = {
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Env?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly ExposedPorts?: Readonly<Record<string, object>>;
};
type ImageConfig = {
  readonly created?: string;
  readonly architecture?: string;
  readonly os?: string;
  readonly config?: ContainerConfig;
};

const isImageConfig = object<ImageConfig>(
  {},
  {
    created: isString,
    architecture: isString,
    os: isString,
    config: object<ContainerConfig>(
      {},
      {
        User: isString,
        WorkingDir: isString,
        Env: arrayOf(isString),
        Cmd: arrayOf(isString),
        Entrypoint: arrayOf(isString),
        ExposedPorts: recordOf((value): value is object => typeof value === 'object'),
      },
    ),
  },
);

export function imageText({ config, digest, size, onDisk, uncertain }: ResolvedImage): string[] {
  if (uncertain) return ['Not looked up yet, or no builder and no registry can be asked.'];
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(config));
  } catch {
    return [];
  }
  if (!isImageConfig(json)) return [];
  const { os = '', architecture = '', created, config: inner = {} } = json;
  const sizes = [
    ...(size === undefined ? [] : [`${bytesText(size)} to download`]),
    ...(onDisk === undefined ? [] : [`${bytesText(onDisk)} on the builder's disk`]),
  ];
  const rows: [string, string | undefined][] = [
    ['Platform', `${os}/${architecture}`],
    ['Created', created?.slice(0, 10)],
    ['Digest', digest],
    ['Size', sizes.length === 0 ? undefined : sizes.join(', ')],
    ['User', inner.User === '' ? undefined : inner.User],
    ['Folder', inner.WorkingDir === '' ? undefined : inner.WorkingDir],
    ['Entrypoint', inner.Entrypoint && JSON.stringify(inner.Entrypoint)],
    ['Command', inner.Cmd && JSON.stringify(inner.Cmd)],
    ['Ports', inner.ExposedPorts && Object.keys(inner.ExposedPorts).join(', ')],
    ['Environment', inner.Env?.join(' ')],
  ];
  return [
    rows
      .flatMap(([name, value]) =>
        value === undefined || value === '' ? [] : [`- ${name}: \`${value}\``],
      )
      .join('\n'),
    ...(sizes.length === 0 && digest !== undefined
      ? ['Size not known: no registry was asked, and the builder has not unpacked the image.']
      : []),
  ];
}

/** The age of an image in words: `3 weeks`; undefined for one without a date (or a fixed one). */
export function imageAge({ config }: ResolvedImage, now: number): string | undefined {
  const created = /"created"\s*:\s*"([^"]+)"/.exec(new TextDecoder().decode(config))?.[1];
  const days = (now - Date.parse(created ?? '')) / 86_400_000;
  if (!(days >= 0 && days < 365 * 40)) return undefined;
  for (const [name, length] of units) {
    const count = Math.floor(days / length);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return 'today';
}

const units: readonly (readonly [string, number])[] = [
  ['year', 365],
  ['month', 30],
  ['week', 7],
  ['day', 1],
];
