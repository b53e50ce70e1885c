/** An image's name, taken apart as Docker's own API wants it. */

export type ImageReference = {
  /** Without tag, as it was written. */
  readonly repository: string;
  readonly tag: string;
  /** The registry's host; Docker Hub's where the name has none. */
  readonly host: string;
};

export function imageReference(name: string): ImageReference {
  const slash = name.lastIndexOf('/');
  const colon = name.indexOf(':', slash + 1);
  const repository = colon < 0 ? name : name.slice(0, colon);
  const first = repository.split('/')[0] ?? '';
  const isHost = repository.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return {
    repository,
    tag: colon < 0 ? 'latest' : name.slice(colon + 1),
    host: isHost ? first : 'docker.io',
  };
}
