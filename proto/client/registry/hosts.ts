/** Where a registry's API is served: the rules by which BuildKit turns an image's domain into addresses. */
import { isIPv4 } from 'node:net';

/** Registry domain → base URLs to ask before the registry itself, e.g. `https://mirror.example`. */
export type Mirrors = Readonly<Record<string, readonly string[]>>;

const dockerHub = 'docker.io';
const dockerHubApi = 'registry-1.docker.io';

/** `localhost` and loopback addresses, with or without a port. */
export function isLoopback(host: string): boolean {
  const name = host.startsWith('[') ? host.replace(/^\[(.*)\](:\d+)?$/, '$1') : host;
  if (name === '::1') return true;
  const bare = name.replace(/:\d*$/, '');
  return bare === 'localhost' || (isIPv4(bare) && bare.startsWith('127.'));
}

/** Base URLs in the order to try; the last one is the registry itself. */
export function endpointsOf(domain: string, mirrors: Mirrors = {}): URL[] {
  const host = domain === dockerHub ? dockerHubApi : domain;
  const own = new URL(`${isLoopback(host) ? 'http' : 'https'}://${host}`);
  return [...(mirrors[domain] ?? []).flatMap(urlOf), own];
}

/** Without a scheme, loopback is plain http and all else https. Unreadable entries are left out. */
function urlOf(mirror: string): URL[] {
  const text = /^https?:\/\//.test(mirror)
    ? mirror
    : `${isLoopback(mirror) ? 'http' : 'https'}://${mirror}`;
  return URL.canParse(text) ? [new URL(text)] : [];
}
