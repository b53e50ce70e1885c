/** The mounts of an exec op together with its inputs. */
import type { Digest } from '../../../proto/model/digest';
import { NONE, type Mount, type OpInput } from '../../../proto/model/op';

/** Each input is listed once however often it is mounted. */
export class MountList {
  readonly inputs: OpInput[] = [];
  readonly mounts: Mount[] = [];
  /** By digest, then by which output of it. */
  private readonly indices = new Map<Digest, Map<number, number>>();

  add(
    input: OpInput,
    mount: {
      readonly dest: string;
      readonly selector?: string;
      readonly output?: number;
      readonly readonly?: boolean;
    },
  ): void {
    let outputs = this.indices.get(input.digest);
    if (outputs === undefined) {
      outputs = new Map();
      this.indices.set(input.digest, outputs);
    }
    let index = outputs.get(input.index);
    if (index === undefined) {
      index = this.inputs.push(input) - 1;
      outputs.set(input.index, index);
    }
    this.mounts.push({
      input: index,
      selector: mount.selector ?? '',
      dest: mount.dest,
      output: mount.output ?? NONE,
      readonly: mount.readonly ?? false,
      type: 'bind',
    });
  }

  /** A file that the session may have under this id; without, nothing is there. */
  addSecret(id: string, dest: string): void {
    const secret = { id, uid: 0, gid: 0, mode: 0o444, optional: true };
    // BuildKit leaves the output of such mounts at 0, which is not a real one.
    const place = { input: NONE, selector: '', dest, output: 0, readonly: false };
    this.mounts.push({ ...place, type: 'secret', secret });
  }
}
