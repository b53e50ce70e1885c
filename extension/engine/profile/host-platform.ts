/** The platform of this machine, which `local` stands for among the platforms of a build. */
import { goArchitecture } from '../../../language-server/server/go-architecture';

/** A platform as the frontend reads it. */
export function platformName(text: string): string {
  return text.toLowerCase() === 'local' ? hostPlatform(process.platform, process.arch) : text;
}

/** `os/architecture` in BuildKit's names. */
export function hostPlatform(system: NodeJS.Platform, architecture: NodeJS.Architecture): string {
  const os = system === 'win32' ? 'windows' : system;
  const name = goArchitecture(architecture);
  return `${os}/${name}${name === 'arm' ? '/v7' : ''}`;
}
