/**
 * Evaluation as a build step, for machines without Nix: an exec op in an image that has it, whose
 * result holds the derivations and sources that it wrote. It builds nothing.
 */
import { DefinitionBuilder } from '../../../../language-server/derivation/compile/definition-builder';
import { EXEC_CAPS, sandboxExec } from '../../../../language-server/derivation/compile/exec-op';
import { copyPath, fileOp } from '../../../../language-server/derivation/compile/file-ops';
import {
  LOCAL_CAPS,
  localSource,
} from '../../../../language-server/derivation/compile/local-source';
import { MountList } from '../../../../language-server/derivation/compile/mount-list';
import { BUSYBOX, TOOLS_DIR } from '../../../../language-server/derivation/runner/tools';
import type { Definition } from '../../../../proto/model/definition';
import type { Digest } from '../../../../proto/model/digest';
import { NONE, type Platform } from '../../../../proto/model/op';
import { EVALUATION_ARGUMENTS, TO_DERIVATION } from './arguments';

/** An image; without a digest its tag decides. */
type Image = { readonly ref: string; readonly digest?: string };

export type EvaluationStep = {
  /** Installables that need evaluation. */
  readonly names: readonly string[];
  /** The expression whose attributes they are, as a path in the step. */
  readonly file?: string;
  /** Where relative references start, as a path in the step. */
  readonly cwd: string;
  /** Folders of the session, and where they are in the step. */
  readonly folders: readonly { readonly name: string; readonly place: string }[];
  /** Has Nix; `env` is what its config sets, as `NAME=value`. */
  readonly nix: Image & { readonly env: readonly string[] };
  /** Has a static busybox at `/bin/busybox`. */
  readonly tools: Image;
  readonly platform: Platform;
  /** The session with the folders, where several might have them. */
  readonly sessionId?: string;
};

/** Where in the result derivations and sources are, wherever the expression's store is. */
export const RESULT_STORE = '/store';
/** The folder of the result with a file for each installable, by its place: the path it came to. */
export const RESULT_NAMES = '/names';

const OUT = '/.llb-lens.out';
/** Which output of the step that is; the first is the root file system, which it may write to. */
const RESULT = 1;
const CACHE = '/.llb-lens.cache';
const DEFAULT_PATH =
  'PATH=/root/.nix-profile/bin:/nix/var/nix/profiles/default/bin:/usr/local/bin:/usr/bin:/bin';

const words = (all: readonly string[]): string => all.map((word) => `'${word}'`).join(' ');

// In a variable, so that an error names the installables only. Derivations are read-only, and what is exported must be removable by whoever gets it.
const SCRIPT = `set -e
command -v nix > ${OUT}/nix || { echo 'the image has no nix on its PATH'; exit 127; }
evaluate() {
  nix ${words(EVALUATION_ARGUMENTS)} --option build-users-group '' --store ${OUT}/root \\
    eval --raw --no-write-lock-file "$@" --apply '${TO_DERIVATION}'
}
${BUSYBOX} mkdir ${OUT}${RESULT_NAMES}
at=0
for name; do
  if [ -n "$EXPRESSION" ]; then evaluate --impure -f "$EXPRESSION" "$name"
  else evaluate "$name"; fi > ${OUT}${RESULT_NAMES}/$at
  at=$((at + 1))
done
${BUSYBOX} chmod -R u+w ${OUT}/root
${BUSYBOX} mv ${OUT}/root/nix/store ${OUT}${RESULT_STORE}
`;

/** What the step that runs Nix is called. */
export function stepName(names: readonly string[]): string {
  return `evaluate ${names.join(', ')}`;
}

export function evaluationStep(options: EvaluationStep): Definition {
  const { names, file = '', cwd, folders, nix, tools, platform, sessionId } = options;
  const builder = new DefinitionBuilder();
  const image = ({ ref, digest }: Image): Digest => {
    const reference = digest === undefined ? ref : `${ref}@${digest}`;
    return builder.add(
      {
        inputs: [],
        platform,
        op: { kind: 'source', identifier: `docker-image://${reference}`, attrs: {} },
      },
      { name: `[internal] load ${ref}`, caps: ['source.image'] },
    );
  };
  const mounts = new MountList();
  mounts.add({ digest: image(nix), index: 0 }, { dest: '/', output: 0 });
  mounts.add(
    { digest: image(tools), index: 0 },
    { dest: TOOLS_DIR, selector: '/bin', readonly: true },
  );
  for (const { name, place } of folders) {
    const source = builder.add(localSource({ name, includePatterns: [] }, sessionId), {
      name: `load ${place}`,
      caps: LOCAL_CAPS,
    });
    mounts.add({ digest: source, index: 0 }, { dest: place, readonly: true });
  }
  const scratch = { input: NONE, selector: '', readonly: false } as const;
  mounts.mounts.push(
    { ...scratch, dest: OUT, output: RESULT, type: 'bind' },
    {
      ...scratch,
      ...{ dest: CACHE, output: NONE, type: 'cache' },
      cache: { id: 'llb-lens-nix', sharing: 'shared' },
    },
  );
  const kept = nix.env.filter((each) => !/^(?:HOME|XDG_CACHE_HOME)=/.test(each));
  const hasPath = kept.some((each) => each.startsWith('PATH='));
  const step = builder.add(
    {
      inputs: mounts.inputs,
      platform,
      op: sandboxExec({
        script: ['-c', 'eval "$EVALUATION"', 'evaluate', ...names],
        env: [
          ...(hasPath ? [] : [DEFAULT_PATH]),
          ...kept,
          ...[
            'HOME=/root',
            `XDG_CACHE_HOME=${CACHE}`,
            `EXPRESSION=${file}`,
            `EVALUATION=${SCRIPT}`,
          ],
        ],
        cwd,
        user: '',
        mounts,
        // What an expression names may lie anywhere, as with Nix on a machine.
        network: 'unset',
      }),
    },
    {
      name: stepName(names),
      caps: [...EXEC_CAPS, 'exec.mount.cache', 'exec.mount.cache.sharing', 'meta.ignorecache'],
      // References without a lock come to something else from day to day.
      ignoreCache: true,
    },
  );
  const result = builder.add(
    {
      inputs: [{ digest: step, index: RESULT }],
      op: fileOp(NONE, 1, [copyPath(0, RESULT_STORE, '/'), copyPath(0, RESULT_NAMES, '/')]),
    },
    { name: '[internal] take the derivations', caps: ['file.base'] },
  );
  return builder.finish({ digest: result, index: 0 }, []);
}
