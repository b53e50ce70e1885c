/** Nix's system names as LLB platforms. */
import type { ByteString } from '../byte-string';
import type { Platform } from '../../../proto/model/op';

const PLATFORMS: Readonly<Record<string, Platform>> = {
  'x86_64-linux': { os: 'linux', architecture: 'amd64' },
  'i686-linux': { os: 'linux', architecture: '386' },
  'aarch64-linux': { os: 'linux', architecture: 'arm64' },
  'armv7l-linux': { os: 'linux', architecture: 'arm', variant: 'v7' },
  'armv6l-linux': { os: 'linux', architecture: 'arm', variant: 'v6' },
  'riscv64-linux': { os: 'linux', architecture: 'riscv64' },
  'powerpc64le-linux': { os: 'linux', architecture: 'ppc64le' },
  's390x-linux': { os: 'linux', architecture: 's390x' },
};

/** The system of derivations that Nix builds itself, on whatever machine. */
export const BUILTIN_SYSTEM = 'builtin';

/** The platform of a system; undefined for systems BuildKit has no workers for. */
export function platformOfSystem(system: ByteString): Platform | undefined {
  return Object.hasOwn(PLATFORMS, system) ? PLATFORMS[system] : undefined;
}

/** Whether a worker for one platform runs another's programs too: 32 bits of the same machine. */
function alsoRuns(worker: Platform, wanted: Platform): boolean {
  return (
    worker.os === wanted.os && worker.architecture === 'amd64' && wanted.architecture === '386'
  );
}

/** The platform on which a system's derivations run, of those that the workers have. */
export function workerFor(system: ByteString, workers: readonly Platform[]): Platform | undefined {
  const wanted = platformOfSystem(system);
  if (wanted === undefined) return undefined;
  if (workers.some((each) => samePlatform(each, wanted))) return wanted;
  return workers.find((each) => alsoRuns(each, wanted));
}

/** True when both name one platform; variants count only where both give one. */
export function samePlatform(left: Platform, right: Platform): boolean {
  return (
    left.os === right.os &&
    left.architecture === right.architecture &&
    (left.variant === undefined || right.variant === undefined || left.variant === right.variant)
  );
}
