/**
 * Attestations that a build is asked for. They leave the definition alone; what BuildKit's frontend
 * refuses of them, and the image of the SBOM scanner, count here.
 */
import { formatReference, parseNormalized, withDefaultTag } from '../names/image-reference';
import { csvFields } from '../text/csv';
import { cut, toLower } from '../text/go';
import { because } from './failure';
import { readImageConfig } from './image-config';
import { ociImage } from './image-config-type';
import { metadataLogName } from './image-resolver';
import type { ImageLookup } from './image-lookup';
import type { ResolveMode } from '../llb/source';
import type { Platform } from '../../../proto/model/op';

const prefixes = ['attest:', 'build-arg:BUILDKIT_ATTEST_'];
const defaultScanner = 'docker/buildkit-syft-scanner:stable-1';

/**
 * The reference of the image that scans for an SBOM, where one is asked for.
 * @throws Error with BuildKit's message
 */
export function sbomScanner(attributes: ReadonlyMap<string, string>): string | undefined {
  const wanted = attestations(attributes);
  for (const name of wanted.keys()) {
    if (name !== 'sbom' && name !== 'provenance') {
      throw new Error(`unknown attestation type "${name}"`);
    }
  }
  const sbom = wanted.get('sbom');
  if (sbom === undefined) return undefined;
  const generator = sbom.get('generator') ?? defaultScanner;
  try {
    return formatReference(withDefaultTag(parseNormalized(generator)));
  } catch (error) {
    throw because(`failed to parse sbom scanner ${generator}`, error);
  }
}

/** Kind → its parameters. */
function attestations(
  attributes: ReadonlyMap<string, string>,
): Map<string, ReadonlyMap<string, string>> {
  const found = new Map<string, ReadonlyMap<string, string>>();
  for (const [key, value] of attributes) {
    const prefix = prefixes.find((start) => key.startsWith(start));
    if (prefix === undefined) continue;
    const name = toLower(key.slice(prefix.length));
    try {
      const fields = value === '' ? [] : csvFields(value);
      found.set(
        name,
        new Map(
          fields.map((field) => {
            const [parameter, given] = cut(field, '=');
            return [parameter, given];
          }),
        ),
      );
    } catch (error) {
      throw because(`failed to parse ${name}`, error);
    }
  }
  return found;
}

/**
 * Rejects as BuildKit does when the scanner is out of reach or runs nothing; it is asked before
 * anything of the file is read.
 */
export async function checkScanner(
  images: ImageLookup,
  wanted: {
    readonly scanner: string;
    readonly platform: Platform;
    readonly imageResolveMode: ResolveMode;
  },
): Promise<void> {
  const { scanner, platform, imageResolveMode } = wanted;
  const resolved = await images.resolve(scanner, {
    platform,
    mode: imageResolveMode,
    logName: metadataLogName(scanner),
  });
  const { entrypoint, cmd } = readImageConfig(resolved.config, ociImage);
  if (entrypoint.length + cmd.length === 0) {
    throw new Error(`scanner ${resolved.ref} does not have cmd`);
  }
}
