/** Image metadata for our compiler, asked from the daemon inside an open job. */
import type { ImageResolver } from '../../../language-server/dockerfile/compile/image-resolver';
import type { Gateway } from '../../../proto/client/gateway';
import { platformToPb } from '../../../proto/model/unmarshal';

/** The gateway's resolve modes by our names. */
const modes = { default: 'default', pull: 'pull', local: 'local' } as const;

/** Rejects with BuildKit's own text when an image cannot be resolved. */
export function gatewayResolver(gateway: Gateway): ImageResolver {
  return {
    resolve: async (ref, { platform, mode }) => {
      const answer = await gateway.resolveImageConfig({
        ref,
        platform: platformToPb(platform),
        resolveMode: modes[mode],
        logName: `[internal] load metadata for ${ref}`,
      });
      return {
        ref: answer.ref === '' ? ref : answer.ref,
        ...(answer.digest === '' ? {} : { digest: answer.digest }),
        config: answer.config,
        uncertain: false,
      };
    },
  };
}
