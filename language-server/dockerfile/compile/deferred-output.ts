/** An output that is set after the ops that use it are made. */
import type { Output } from '../llb/vertex';

export class DeferredOutput implements Output {
  output: Output | undefined;

  get vertex(): Output['vertex'] {
    if (this.output === undefined) throw new Error('the build context is not known yet');
    return this.output.vertex;
  }
}
