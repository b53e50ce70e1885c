/**
 * Limits of the processor and memory of single steps, as `docker buildx build --resource` takes
 * them. BuildKit's Dockerfile frontend has an attribute for each; a frontend that does not know
 * them passes them over in silence, so it is said here when the builder has no such thing.
 */
import { parseByteSize } from '../../../proto/model/byte-size';
import { ProfileError } from '../profile/profile';

type Limit = {
  readonly attribute: string;
  /** What the frontend wants; undefined for a text that is none. */
  readonly read: (text: string) => string | undefined;
};

const size = (text: string): string | undefined => parseByteSize(text)?.toString();
/** Docker's way to say that there is no limit is a number below one. */
const whole = (text: string): string | undefined =>
  /^-?\d+$/.test(text) ? (text.startsWith('-') ? '0' : BigInt(text).toString()) : undefined;
const list = (text: string): string => text;

/** By the names that users write, which are those of `docker run`. */
const limits: Readonly<Record<string, Limit>> = {
  memory: { attribute: 'memory', read: size },
  // -1: as much swap as there is.
  'memory-swap': { attribute: 'memswap', read: (text) => (text === '-1' ? text : size(text)) },
  'cpu-shares': { attribute: 'cpushares', read: whole },
  'cpu-period': { attribute: 'cpuperiod', read: whole },
  'cpu-quota': { attribute: 'cpuquota', read: whole },
  'cpuset-cpus': { attribute: 'cpusetcpus', read: list },
  'cpuset-mems': { attribute: 'cpusetmems', read: list },
};

export const limitNames: readonly string[] = Object.keys(limits);

/**
 * The frontend's attributes for limits such as `memory=2g`; the last of a name counts, and 0 means none.
 * @throws ProfileError for a limit that there is not, or a value that is none
 */
export function limitAttributes(texts: readonly string[]): Record<string, string> {
  const attributes = new Map<string, string>();
  for (const text of texts) {
    const [name = '', ...rest] = text.split('=');
    const limit = limits[name.trim()];
    const value = rest.length === 0 ? undefined : limit?.read(rest.join('=').trim());
    if (limit === undefined || value === undefined) {
      throw new ProfileError(
        `"${text}" is no limit; write for example memory=2g. There are: ${limitNames.join(', ')}.`,
      );
    }
    if (value === '' || value === '0') attributes.delete(limit.attribute);
    else attributes.set(limit.attribute, value);
  }
  return Object.fromEntries(attributes);
}

const capability = 'exec.meta.linux.resources';

/** What to say where limits are asked for that the builder does not set. @param caps of LLB */
export function unmetLimits(
  attributes: Readonly<Record<string, string>>,
  caps: ReadonlySet<string>,
): string | undefined {
  const wanted = Object.entries(limits).filter(([, { attribute }]) => attribute in attributes);
  if (wanted.length === 0 || caps.has(capability)) return undefined;
  const names = wanted.map(([name]) => name).join(', ');
  return `The builder sets no limits for steps (it lacks ${capability}). Without effect: ${names}.`;
}
