/**
 * `--attest` texts as frontend attributes. Where nothing is said of provenance, the small kind goes
 * into images, as `docker buildx build` does it.
 */
import type { BuildProfile } from '../../../proto/messages/build-profile';
import { ProfileError } from '../profile/profile';
import { csvField, keyValues, parseTruth } from './key-values';

/** What `docker buildx build` adds by itself. */
const defaultProvenance = 'mode=min,inline-only=true';

/**
 * @param supported false for Docker's classic image store, which keeps no attestations
 * @throws ProfileError on an attestation that cannot be read or met
 */
export function attestationAttributes(
  { attests = [] }: BuildProfile,
  supported: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const attributes: Record<string, string> = {};
  const seen = new Set<string>();
  for (const text of attests) {
    const fields = keyValues(text, 'the attestation');
    const type = fields.get('type');
    if (type === undefined || type === '') {
      throw new ProfileError(`The attestation "${text}" needs a type, for example type=sbom.`);
    }
    if (seen.has(type)) continue;
    seen.add(type);
    const disabled = parseTruth(fields.get('disabled') ?? 'false');
    if (disabled === undefined) {
      throw new ProfileError(`"disabled" in the attestation "${text}" must be true or false.`);
    }
    if (disabled) continue;
    const rest = [...fields]
      .filter(([key]) => key !== 'type' && key !== 'disabled')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => csvField(`${key}=${value}`));
    attributes[`attest:${type}`] = [`type=${type}`, ...rest].join(',');
  }
  if (Object.keys(attributes).length > 0 && !supported) {
    throw new ProfileError(
      "Docker's classic image store keeps no attestations; turn on the containerd image store, " +
        'or use another builder.',
    );
  }
  const noDefault = parseTruth(env['BUILDX_NO_DEFAULT_ATTESTATIONS'] ?? '') === true;
  if (supported && !seen.has('provenance') && !noDefault) {
    attributes['attest:provenance'] = defaultProvenance;
  }
  return attributes;
}

/** `--provenance=true`, `--sbom=generator=…` as an attestation's text. */
export function attestationText(type: string, text: string): string {
  const truth = parseTruth(text);
  return truth === undefined ? `type=${type},${text}` : `type=${type},disabled=${String(!truth)}`;
}
