/**
 * `--annotation` texts as exporter attributes: `key=value`, `index:key=value` or, for one platform,
 * `manifest[linux/amd64]:key=value`; several types with commas between.
 */
import { ProfileError } from '../profile/profile';

/** What of an image an annotation can stand on. */
const levels: ReadonlySet<string> = new Set([
  'manifest',
  'index',
  'manifest-descriptor',
  'index-descriptor',
]);

/** @throws ProfileError */
export function annotationAttributes(texts: readonly string[]): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals <= 0) throw new ProfileError(`The annotation "${text}" must be key=value.`);
    const [left, value] = [text.slice(0, equals), text.slice(equals + 1)];
    const colon = left.indexOf(':');
    if (colon < 0) {
      attributes[`annotation.${left}`] = value;
      continue;
    }
    const key = left.slice(colon + 1);
    for (const type of left.slice(0, colon).split(',')) {
      const [, level = '', platform] = /^([a-z-]+)(?:\[([A-Za-z0-9_/-]+)\])?$/.exec(type) ?? [];
      if (!levels.has(level)) {
        throw new ProfileError(
          `The annotation "${text}" is for "${type}"; write one of ${[...levels].join(', ')}.`,
        );
      }
      const where = platform === undefined || level.startsWith('index') ? '' : `[${platform}]`;
      attributes[`annotation-${level}${where}.${key}`] = value;
    }
  }
  return attributes;
}
