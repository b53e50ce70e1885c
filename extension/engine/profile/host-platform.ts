/** The platform of this machine, which `local` stands for among the platforms of a build. */

/** Node's names that Go has others for. */
const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  arm: 'arm/v7',
};

/** A platform as the frontend reads it. */
export function platformName(text: string): string {
  return text.toLowerCase() === 'local' ? hostPlatform(process.platform, process.arch) : text;
}

/** `os/architecture` in BuildKit's names. */
export function hostPlatform(system: NodeJS.Platform, architecture: NodeJS.Architecture): string {
  const os = system === 'win32' ? 'windows' : system;
  return `${os}/${architectures[architecture] ?? architecture}`;
}
