/** The mounts of an exec op together with its inputs. */
import { NONE, type Mount, type OpInput } from '../../../proto/model/op';

/** Each input is listed once however often it is mounted. */
export class MountList {
  readonly inputs: OpInput[] = [];
  readonly mounts: Mount[] = [];
  private readonly indices = new Map<string, number>();

  add(
    input: OpInput,
    mount: {
      readonly dest: string;
      readonly selector?: string;
      readonly output?: number;
      readonly readonly?: boolean;
    },
  ): void {
    const key = `${input.digest} ${input.index}`;
    let index = this.indices.get(key);
    if (index === undefined) {
      index = this.inputs.push(input) - 1;
      this.indices.set(key, index);
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
}
