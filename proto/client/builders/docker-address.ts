/** Docker's own endpoints (`DOCKER_HOST`, a context's host) as builder addresses. */
import { parseAddress, type BuilderAddress, type TlsFiles } from '../address';

/** @throws AddressError */
export function dockerAddress(host: string, tls: TlsFiles | undefined): BuilderAddress {
  const address = parseAddress(`docker+${host.replace(/^https?:/, 'tcp:')}`);
  return address.kind === 'docker-tcp' && tls !== undefined
    ? { ...address, port: portOf(host) ?? 2376, tls }
    : address;
}

function portOf(host: string): number | undefined {
  const port = /:(\d+)\/?$/.exec(host)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** Where Docker is when nobody says anything else. */
export function dockerDefaultAddress(platform: NodeJS.Platform = process.platform): BuilderAddress {
  return {
    kind: 'docker-unix',
    path: platform === 'win32' ? '\\\\.\\pipe\\docker_engine' : '/var/run/docker.sock',
  };
}
