/** Exec ops in the shapes of closures with nothing of Nix around them: what BuildKit itself takes. */
import { DefinitionBuilder } from '../../language-server/derivation/compile/definition-builder';
import { sandboxExec } from '../../language-server/derivation/compile/exec-op';
import { fileOp, makeDirectory } from '../../language-server/derivation/compile/file-ops';
import { MountList } from '../../language-server/derivation/compile/mount-list';
import type { Digest } from '../../proto/model/digest';
import { NONE } from '../../proto/model/op';
import { definitionToPb } from '../../proto/model/unmarshal';
import * as pb from '../../proto/generated/ops';

export type BareShape = 'chain' | 'diamonds' | 'wide';

const platform = { os: 'linux', architecture: 'amd64' };

/** @param seed makes it new to the cache @returns a marshalled definition */
export function bareClosure(shape: BareShape, count: number, seed: string): Uint8Array {
  const builder = new DefinitionBuilder();
  const image = builder.add(
    {
      inputs: [],
      platform,
      op: {
        kind: 'source',
        identifier: 'docker-image://docker.io/library/busybox:musl',
        attrs: {},
      },
    },
    { name: 'busybox', caps: ['source.image'] },
  );
  const tools = { digest: image, index: 0 };
  const empty = builder.add(
    { inputs: [], op: fileOp(NONE, 0, [makeDirectory('/out', 0o777)]) },
    { name: 'empty', caps: ['file.base'] },
  );
  const step = (name: string, inputs: readonly Digest[]): Digest => {
    const mounts = new MountList();
    mounts.add(tools, { dest: '/', readonly: true });
    mounts.add(tools, { dest: '/.llb-lens', selector: '/bin', readonly: true });
    mounts.add({ digest: empty, index: 0 }, { dest: '/tmp', output: 0 });
    for (const [at, digest] of inputs.entries()) {
      mounts.add({ digest, index: 0 }, { dest: `/proc-${at}`, readonly: true });
    }
    const script = inputs.map((_, at) => `read line < /proc-${at}/out/file; `).join('');
    return builder.add(
      {
        inputs: mounts.inputs,
        platform,
        op: sandboxExec({
          script: ['-c', `${script}echo ${name} > /tmp/out/file`],
          env: [`seed=${seed}`],
          cwd: '/',
          user: '0:0',
          mounts,
        }),
      },
      { name, caps: ['exec.meta.base', 'exec.mount.bind'] },
    );
  };
  let last: Digest[] = [];
  if (shape === 'wide') {
    const leaves = Array.from({ length: count - 1 }, (_, at) => step(`leaf ${at}`, []));
    last = [step('all', leaves)];
  } else
    for (let at = 0; at < count; at += shape === 'chain' ? 1 : 3) {
      const top = step(
        `step ${at}`,
        shape === 'chain' ? last : [step(`left ${at}`, last), step(`right ${at}`, last)],
      );
      last = [top];
    }
  const definition = builder.finish({ digest: last[0] ?? empty, index: 0 }, []);
  return pb.Definition.encode(definitionToPb(definition));
}
