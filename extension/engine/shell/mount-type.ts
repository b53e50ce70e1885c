/** The kinds of mounts by name. */
import * as ops from '../../../proto/generated/ops';

const names = new Map<number, string>([
  [ops.MountType.BIND, 'bind'],
  [ops.MountType.SECRET, 'secret'],
  [ops.MountType.SSH, 'ssh'],
  [ops.MountType.CACHE, 'cache'],
  [ops.MountType.TMPFS, 'tmpfs'],
]);

export function mountTypeName(type: number = ops.MountType.BIND): string {
  return names.get(type) ?? 'mount';
}
