/**
 * The files of this machine that Nix shows builders with a network, as secrets of the session. What the
 * machine does not have is left out, and builders do without.
 */
import { statSync } from 'node:fs';
import { HOST_FILES } from '../../../language-server/derivation';
import type { SecretSource } from '../../../proto/messages/build-profile';

/** Where Nix looks for the authorities that it trusts, in its order. */
const AUTHORITIES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/nix/var/nix/profiles/default/etc/ssl/certs/ca-bundle.crt',
];
/** BuildKit refuses larger secrets. */
const LARGEST = 500 * 1024;

export function hostFiles(env: NodeJS.ProcessEnv): SecretSource[] {
  const named = env['NIX_SSL_CERT_FILE'] ?? env['SSL_CERT_FILE'] ?? '';
  const authorities = named === '' ? AUTHORITIES.find(canBeSent) : named;
  return [
    { id: HOST_FILES.services.id, file: HOST_FILES.services.path },
    ...(authorities === undefined ? [] : [{ id: HOST_FILES.authorities.id, file: authorities }]),
  ].filter(({ file }) => canBeSent(file));
}

function canBeSent(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() === true && found.size <= LARGEST;
}
