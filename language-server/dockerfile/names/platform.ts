/** Platform specifiers: `linux/arm64/v8`, `windows(10.0.20348)/amd64` … */
import type { Platform } from '../../../proto/model/op';
import { compareBytes, joinPath, quote, toLower } from '../text/go';

/** The platform that BuildKit assumes where nothing is said; ours does not depend on the machine. */
export const defaultPlatform: Platform = { os: 'linux', architecture: 'amd64' };

const knownOs = new Set(
  (
    'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 ' +
    'solaris windows zos'
  ).split(' '),
);
const knownArchitectures = new Set(
  (
    '386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 ' +
    'mips64le mips64p32 mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm'
  ).split(' '),
);

const osSource = '^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.%-]*)((?:\\+[A-Za-z0-9_.%-]+)*)\\))?$';
const componentSource = '^[A-Za-z0-9_.-]+$';
const osPattern = new RegExp(osSource);
const componentPattern = new RegExp(componentSource);

/**
 * Parses a platform specifier.
 * @throws Error with the message of containerd's platform library.
 */
export function parsePlatform(specifier: string): Platform {
  const fail = (message: string): Error => new Error(`${message}: invalid argument`);
  if (specifier.includes('*')) throw fail(`${quote(specifier)}: wildcards not yet supported`);
  const parts = splitLimited(specifier);
  const [first = '', second = '', third = ''] = parts;
  const match = osPattern.exec(first);
  if (match === null) {
    throw fail(
      `${quote(first)} is an invalid OS component of ${quote(specifier)}: OSAndVersion specifier component must match ${quote(osSource)}`,
    );
  }
  const os = normalizeOs(match[1] ?? '');
  const options = {
    ...osVersionOf(specifier, match[2] ?? ''),
    ...osFeaturesOf(specifier, match[3] ?? ''),
  };
  for (const part of parts.slice(1)) {
    if (!componentPattern.test(part)) {
      throw fail(
        `${quote(part)} is an invalid component of ${quote(specifier)}: platform specifier component must match ${quote(componentSource)}`,
      );
    }
  }
  if (parts.length === 1) {
    if (knownOs.has(os)) return { os, architecture: 'amd64', ...options };
    const only = withoutDefaultArm(normalizeArchitecture(first, ''));
    if (knownArchitectures.has(only.architecture)) return { os: 'linux', ...only, ...options };
    throw fail(`${quote(specifier)}: unknown operating system or architecture`);
  }
  if (parts.length === 2) {
    return { os, ...withoutDefaultArm(normalizeArchitecture(second, '')), ...options };
  }
  if (parts.length === 3) {
    const { architecture, variant } = normalizeArchitecture(second, third);
    const full = architecture === 'arm64' && variant === '' ? 'v8' : variant;
    return { os, architecture, ...(full !== '' && { variant: full }), ...options };
  }
  throw fail(`${quote(specifier)}: cannot parse platform specifier`);
}

function splitLimited(specifier: string): string[] {
  const parts = specifier.split('/');
  return parts.length <= 4 ? parts : [...parts.slice(0, 3), parts.slice(3).join('/')];
}

function osVersionOf(specifier: string, written: string): { osVersion?: string } {
  if (written === '') return {};
  try {
    const osVersion = decodeOption(written);
    return osVersion === '' ? {} : { osVersion };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${quote(specifier)} has an invalid OS version ${quote(written)}: ${reason}`, {
      cause: error,
    });
  }
}

function osFeaturesOf(specifier: string, written: string): { osFeatures?: string[] } {
  if (written === '') return {};
  const osFeatures = written
    .slice(1)
    .split('+')
    .map((feature) => {
      try {
        return decodeOption(feature);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(
          `${quote(specifier)} has invalid OS features: invalid os feature ${quote(feature)}: ${reason}`,
          { cause: error },
        );
      }
    })
    .filter((feature) => feature !== '');
  return osFeatures.length === 0 ? {} : { osFeatures };
}

function decodeOption(text: string): string {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(text);
  if (bad !== null) throw new Error(`invalid URL escape ${quote(bad[0])}`);
  return decodeURIComponent(text);
}

type Architecture = { readonly architecture: string; readonly variant: string };

function normalizeOs(os: string): string {
  if (os === '') return defaultPlatform.os;
  const lower = toLower(os);
  return lower === 'macos' ? 'darwin' : lower;
}

const armVariants = new Map([
  ['', 'v7'],
  ['7', 'v7'],
  ['5', 'v5'],
  ['6', 'v6'],
  ['8', 'v8'],
]);
const arm64Variants = new Map([
  ['8', ''],
  ['v8', ''],
  ['v8.0', ''],
  ['9', 'v9'],
  ['9.0', 'v9'],
  ['v9.0', 'v9'],
]);

function normalizeArchitecture(writtenArchitecture: string, writtenVariant: string): Architecture {
  const architecture = toLower(writtenArchitecture);
  const variant = toLower(writtenVariant);
  switch (architecture) {
    case 'i386':
      return { architecture: '386', variant: '' };
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return { architecture: 'amd64', variant: variant === 'v1' ? '' : variant };
    case 'aarch64':
    case 'arm64':
      return { architecture: 'arm64', variant: arm64Variants.get(variant) ?? variant };
    case 'armhf':
      return { architecture: 'arm', variant: 'v7' };
    case 'armel':
      return { architecture: 'arm', variant: 'v6' };
    case 'arm':
      return { architecture, variant: armVariants.get(variant) ?? variant };
    default:
      return { architecture, variant };
  }
}

function withoutDefaultArm({ architecture, variant }: Architecture): {
  architecture: string;
  variant?: string;
} {
  const isDefault = architecture === 'arm' && variant === 'v7';
  return { architecture, ...(variant !== '' && !isDefault && { variant }) };
}

/** The canonical form: known aliases replaced, features sorted. */
export function normalizePlatform(platform: Platform): Platform {
  const { architecture, variant } = normalizeArchitecture(
    platform.architecture,
    platform.variant ?? '',
  );
  const { osVersion, osFeatures } = platform;
  return {
    os: normalizeOs(platform.os),
    architecture,
    ...(variant !== '' && { variant }),
    ...(osVersion !== undefined && osVersion !== '' && { osVersion }),
    ...(osFeatures !== undefined && {
      osFeatures: [...new Set(osFeatures)].sort(compareBytes),
    }),
  };
}

/** `os/arch[/variant]`, without the version. */
export function formatPlatform(platform: Platform): string {
  if (platform.os === '') return 'unknown';
  return joinPath(platform.os, platform.architecture, platform.variant ?? '');
}

/** `os[(version+feature…)]/arch[/variant]`. */
export function formatPlatformAll(platform: Platform): string {
  if (platform.os === '') return 'unknown';
  const version = encodeOption(platform.osVersion ?? '');
  const features = [...new Set(platform.osFeatures ?? [])]
    .filter((feature) => feature !== '')
    .sort(compareBytes)
    .map((feature) => `+${encodeOption(feature)}`)
    .join('');
  const options = version === '' && features === '' ? '' : `(${version}${features})`;
  return joinPath(platform.os + options, platform.architecture, platform.variant ?? '');
}

function encodeOption(text: string): string {
  return text.replace(
    /[%+()/]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
