/** Content digests of any algorithm, as Go's digest library accepts them. */

const hexLengths = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
]);
const format = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

/** Checks a digest. @throws Error with Go's message. */
export function checkDigest(text: string): string {
  const colon = text.indexOf(':');
  if (colon <= 0 || colon + 1 === text.length) throw new Error('invalid checksum digest format');
  const length = hexLengths.get(text.slice(0, colon));
  if (length === undefined) {
    if (!format.test(text)) throw new Error('invalid checksum digest format');
    throw new Error('unsupported digest algorithm');
  }
  const hex = text.slice(colon + 1);
  if (hex.length !== length) throw new Error('invalid checksum digest length');
  if (!/^[a-f0-9]+$/.test(hex)) throw new Error('invalid checksum digest format');
  return text;
}
