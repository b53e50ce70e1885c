/** What is said about an op outside its digest, as processes tell each other: pb.OpMetadata in JSON. */
import type { LinuxResources, OpMetadata, ProgressGroup } from '../model/definition';
import { arrayOf, isBoolean, isString, object, recordOf } from './validate';

export type OpMetadataBody = Omit<OpMetadata, 'linuxResources'> & {
  /** Limits of an exec that are set, in BuildKit's units; its numbers are 64 bits wide. */
  readonly linuxResources?: Readonly<Record<string, string>>;
};

/** Capabilities are sorted: BuildKit keeps them as a set. */
export function opMetadataBody({ linuxResources, ...metadata }: OpMetadata): OpMetadataBody {
  const limits = linuxResources === undefined ? {} : { linuxResources: textsOf(linuxResources) };
  return { ...metadata, caps: [...metadata.caps].sort(), ...limits };
}

/** A limit that is not set is zero or empty, as protobuf has it. */
const textsOf = (resources: LinuxResources): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(resources)
      .map(([name, value]) => [name, String(value)] as const)
      .filter(([, value]) => value !== '' && value !== '0'),
  );

export const isOpMetadataBody = object<OpMetadataBody>(
  { ignoreCache: isBoolean, description: recordOf(isString), caps: arrayOf(isString) },
  {
    exportCache: isBoolean,
    progressGroup: object<ProgressGroup>({ id: isString, name: isString, weak: isBoolean }),
    linuxResources: recordOf(isString),
  },
);
