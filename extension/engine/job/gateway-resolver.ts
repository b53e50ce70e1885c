/** Image metadata for our compiler, asked from the daemon inside an open job. */
import {
  metadataLogName,
  type ImageResolver,
} from '../../../language-server/dockerfile/compile/image-resolver';
import type { Gateway } from '../../../proto/client/gateway';
import { platformToPb } from '../../../proto/model/unmarshal';
import { gatewaySources } from './gateway-sources';

/** The gateway's resolve modes by our names. */
const modes = { default: 'default', pull: 'pull', local: 'local' } as const;

/** A job asks for each image once: what is looked at in it rests on the same images throughout. */
const resolvers = new WeakMap<Gateway, ImageResolver>();

/** Rejects with BuildKit's own text when an image cannot be resolved. */
export function gatewayResolver(gateway: Gateway): ImageResolver {
  const known = resolvers.get(gateway);
  if (known !== undefined) return known;
  const answers = new Map<string, ReturnType<ImageResolver['resolve']>>();
  const resolver = asking(gateway);
  const resolve: ImageResolver['resolve'] = (ref, options) => {
    const key = JSON.stringify([ref, options.platform, options.mode]);
    const answer = answers.get(key) ?? resolver.resolve(ref, options);
    answers.set(key, answer);
    // What failed is asked again.
    answer.catch(() => answers.delete(key));
    return answer;
  };
  const remembering: ImageResolver = { resolve, sources: gatewaySources(gateway) };
  resolvers.set(gateway, remembering);
  return remembering;
}

function asking(gateway: Gateway): ImageResolver {
  return {
    resolve: async (ref, { platform, mode, logName }) => {
      const answer = await gateway.resolveImageConfig({
        ref,
        platform: platformToPb(platform),
        resolveMode: modes[mode],
        logName: logName ?? metadataLogName(ref),
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
