/** Image references: `alpine`, `ghcr.io/acme/app:v1`, `busybox@sha256:…`. */
import { cut, toLower } from '../text/go';
import { checkDigest } from './digest-text';

export type ImageReference = {
  readonly domain: string;
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
};

const component = '[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*';
const remoteName = `${component}(?:/${component})*`;
const domainComponent = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const host = `(?:${domainComponent}(?:\\.${domainComponent})*|\\[(?:[a-fA-F0-9:]+)\\])`;
const domainAndPort = `${host}(?::[0-9]+)?`;
const tagPattern = '[\\w][\\w.-]{0,127}';
const digestPattern = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';

const namePattern = new RegExp(`^(?:(${domainAndPort})/)?(${remoteName})$`);
const referencePattern = new RegExp(
  `^((?:${domainAndPort}/)?${remoteName})(?::(${tagPattern}))?(?:@(${digestPattern}))?$`,
);
const identifier = /^[a-f0-9]{64}$/;
const longestPath = 255;

/**
 * Parses a reference as it stands, without Docker Hub's defaults; the domain may be empty.
 * @throws Error with the message of the reference library.
 */
export function parseReference(text: string): ImageReference {
  const match = referencePattern.exec(text);
  if (match === null) {
    if (text === '') throw new Error('repository name must have at least one component');
    if (referencePattern.test(toLower(text))) {
      throw new Error('repository name must be lowercase');
    }
    throw new Error('invalid reference format');
  }
  const [, name = '', tag, digest] = match;
  const nameMatch = namePattern.exec(name);
  const domain = nameMatch?.[1] ?? '';
  const path = nameMatch === null ? name : (nameMatch[2] ?? '');
  if (path.length > longestPath) {
    throw new Error(`repository name must not be more than ${longestPath} characters`);
  }
  return {
    domain,
    path,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest: checkDigest(digest) }),
  };
}

/**
 * Parses a reference with Docker Hub's defaults: `alpine` is `docker.io/library/alpine`.
 * @throws Error with the message of the reference library.
 */
export function parseNormalized(text: string): ImageReference {
  if (identifier.test(text)) {
    throw new Error(
      `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`,
    );
  }
  const [domain, rest] = splitDomain(text);
  const remote = cut(rest, ':')[0];
  if (toLower(remote) !== remote) {
    throw new Error(`invalid reference format: repository name (${remote}) must be lowercase`);
  }
  return parseReference(`${domain}/${rest}`);
}

function splitDomain(name: string): [domain: string, rest: string] {
  const [first, remainder, found] = cut(name, '/');
  if (!found) return ['docker.io', `library/${name}`];
  if (first === 'index.docker.io' || first === 'docker.io') {
    return ['docker.io', remainder.includes('/') ? remainder : `library/${remainder}`];
  }
  const isDomain = first === 'localhost' || /[.:]/.test(first) || toLower(first) !== first;
  return isDomain ? [first, remainder] : ['docker.io', name];
}

/** A reference without tag and digest gets the tag `latest`. */
export function withDefaultTag(reference: ImageReference): ImageReference {
  const bare = reference.tag === undefined && reference.digest === undefined;
  return bare ? { ...reference, tag: 'latest' } : reference;
}

/**
 * The reference with another digest.
 * @throws Error with the message of the reference library.
 */
export function withDigest(reference: ImageReference, digest: string): ImageReference {
  if (!new RegExp(`^${digestPattern}$`).test(digest)) throw new Error('invalid digest format');
  return { ...reference, digest };
}

export function repositoryName(reference: ImageReference): string {
  return reference.domain === '' ? reference.path : `${reference.domain}/${reference.path}`;
}

export function formatReference(reference: ImageReference): string {
  const { tag, digest } = reference;
  return (
    repositoryName(reference) +
    (tag === undefined ? '' : `:${tag}`) +
    (digest === undefined ? '' : `@${digest}`)
  );
}

/** The short form: without `docker.io/library/`. */
export function familiarReference(reference: ImageReference): string {
  let { domain, path } = reference;
  if (domain === 'docker.io') {
    domain = '';
    const official = path.startsWith('library/') ? path.slice('library/'.length) : '';
    if (official !== '' && !official.includes('/')) path = official;
  }
  return formatReference({ ...reference, domain, path });
}
