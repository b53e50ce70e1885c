/** A frontend input: a definition handed over with the build, known here by what made it. */
import { ExecVertex } from '../llb/exec';
import { imageSource } from '../llb/source';
import { newState, type State } from '../llb/state';
import type { Output, Vertex } from '../llb/vertex';
import { formatReference, parseNormalized, withDefaultTag } from '../names/image-reference';
import { defaultPlatform } from '../names/platform';
import type { FrontendInput } from './options';

const unnamed = { description: {}, locations: [] };

/** The state of an input: an image and the commands run in it, each by `/bin/sh -c`. */
export function frontendInput(input: FrontendInput): State {
  const reference = formatReference(withDefaultTag(parseNormalized(input.image)));
  let state = newState(imageSource(reference, defaultPlatform, 'default', unnamed));
  for (const command of input.run ?? []) {
    const exec = new ExecVertex(
      state,
      {
        args: ['/bin/sh', '-c', command],
        mounts: [],
        secrets: [],
        ssh: [],
        devices: [],
        extraHosts: [],
        ulimits: [],
        cgroupParent: '',
        security: 'sandbox',
      },
      unnamed,
    );
    state = newState(asMarshalled(exec), defaultPlatform);
  }
  return { ...state, platform: defaultPlatform };
}

/** An input was marshalled before the build, by a client that knew nothing of the daemon. */
function asMarshalled(inner: Vertex): Output {
  return {
    vertex: {
      info: inner.info,
      inputs: () => inner.inputs(),
      toOp: (context) => inner.toOp({ ...context, platform: defaultPlatform, supports: 'unknown' }),
    },
  };
}
