/** Where a secret comes from that names no source. */
import type { SecretSource } from '../../../proto/messages/build-profile';

/** As `docker build` has it: a variable of its name, else a file of its name. */
export function secretNamedFor(id: string, env: NodeJS.ProcessEnv): SecretSource {
  return env[id] === undefined ? { id, file: id } : { id, env: id };
}
