/** The ops of an image: a layer for each group of store paths, and one that links them into `/`. */
import type { Digest } from '../../../proto/model/digest';
import { NONE, type OpInput } from '../../../proto/model/op';
import { textOf, type ByteString } from '../byte-string';
import { ROLES } from '../compile/compiled-closure';
import { EXEC_CAPS, sandboxExec } from '../compile/exec-op';
import { copyContents, copyPath, fileOp, makeDirectory } from '../compile/file-ops';
import { MountList } from '../compile/mount-list';
import type { OpMaker } from '../compile/op-maker';
import { BUSYBOX, STATE_DIR, TOOLS_DIR } from '../runner/tools';
import { baseName } from '../store-path';

/** A store path and where it is. */
export type ImagePath = {
  readonly path: ByteString;
  readonly input: OpInput;
  readonly selector: string;
  readonly link: boolean;
};

export type ImageOps = {
  readonly layers: readonly (readonly ImagePath[])[];
  /** Paths whose contents are linked into `/`, as `buildEnv` does; none: nothing is. */
  readonly linked: readonly ImagePath[];
  /** Copies are put there in place of links; what is in the way of links is in the way of them too. */
  readonly copied: boolean;
  readonly storeDir: ByteString;
  readonly canMerge: boolean;
};

/** The state that holds the whole image. */
export function addImage(maker: OpMaker, image: ImageOps): Digest {
  const links = image.linked.length === 0 ? [] : [addLinks(maker, image)];
  if (!image.copied) {
    return image.canMerge ? merged(maker, image, links) : chained(maker, image, links);
  }
  const composites = image.linked.filter(({ link }) => !link);
  if (!image.canMerge) return chained(maker, image, [], (base) => copy(composites, links, base));
  return merged(maker, image, [], () => composites.map((path) => copy([path], links)));

  function copy(paths: readonly ImagePath[], checks: readonly Digest[], base?: Digest): Digest {
    return addCopies(maker, paths, checks, base);
  }
}

/**
 * What paths hold, as one tree: a composite `/lib` and `/bin` of real files.
 * @param checks steps that fail where two paths have a file of one name: the op rests on them
 */
function addCopies(
  maker: OpMaker,
  paths: readonly ImagePath[],
  checks: readonly Digest[],
  base?: Digest,
): Digest {
  const first = base === undefined ? [] : [{ digest: base, index: 0 }];
  const inputs = [
    ...first,
    ...paths.map(({ input }) => input),
    ...checks.map((digest) => ({ digest, index: 0 })),
  ];
  const copies = paths.map(({ selector }, at) => {
    const step = copyContents(first.length + at, selector, '/');
    const { action } = step;
    return action.action === 'copy'
      ? { ...step, action: { ...action, excludePatterns: NOT_IN_PROFILES } }
      : step;
  });
  const [only] = paths;
  const what =
    only !== undefined && paths.length === 1
      ? textOf(baseName(only.path)).slice(33)
      : `${paths.length} store paths`;
  return maker.add(
    { inputs, op: fileOp(base === undefined ? NONE : 0, inputs.length, copies) },
    { name: `copy ${what} into /`, caps: ['file.base', 'file.copy.includeexcludepatterns'] },
    ROLES.outputs,
  );
}

/** What `builtin:buildenv` passes over. */
const NOT_IN_PROFILES = [
  'nix-support',
  '**/propagated-build-inputs',
  '**/perllocal.pod',
  '**/info/dir',
  'log',
  '**/log',
  'manifest.nix',
  'manifest.json',
];

/** Layers beside each other: each is made, cached and shared on its own. */
function merged(
  maker: OpMaker,
  image: ImageOps,
  links: readonly Digest[],
  more: () => readonly Digest[] = () => [],
): Digest {
  const layers = image.layers.map((paths) => addLayer(maker, paths, image.storeDir));
  const root = links.map((digest) =>
    maker.add(
      { inputs: [{ digest, index: 0 }], op: fileOp(NONE, 1, [copyContents(0, LINKS_DIR, '/')]) },
      { name: 'link the programs into /', caps: ['file.base'] },
      ROLES.outputs,
    ),
  );
  const all = [...layers, ...root, ...more()];
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  return maker.add(
    {
      inputs: all.map((digest) => ({ digest, index: 0 })),
      op: { kind: 'merge', inputs: all.map((_, at) => at) },
    },
    { name: `merge ${all.length} layers`, caps: ['mergeop'] },
    ROLES.outputs,
  );
}

/** Layers on each other, for builders that cannot merge. */
function chained(
  maker: OpMaker,
  image: ImageOps,
  links: readonly Digest[],
  last: (base: Digest) => Digest = (base) => base,
): Digest {
  let base: Digest | undefined;
  for (const paths of image.layers) base = addLayer(maker, paths, image.storeDir, base);
  for (const digest of links) {
    const inputs = [
      ...(base === undefined ? [] : [{ digest: base, index: 0 }]),
      { digest, index: 0 },
    ];
    base = maker.add(
      {
        inputs,
        op: fileOp(base === undefined ? NONE : 0, inputs.length, [
          copyContents(inputs.length - 1, LINKS_DIR, '/'),
        ]),
      },
      { name: 'link the programs into /', caps: ['file.base'] },
      ROLES.outputs,
    );
  }
  if (base === undefined) throw new Error('an image of nothing');
  return last(base);
}

function addLayer(
  maker: OpMaker,
  paths: readonly ImagePath[],
  storeDir: ByteString,
  base?: Digest,
): Digest {
  const inputs: OpInput[] = base === undefined ? [] : [{ digest: base, index: 0 }];
  const places = new Map<string, number>();
  const store = textOf(storeDir);
  const copies = paths.map(({ input, selector }) => {
    const key = `${input.digest} ${input.index}`;
    const at = places.get(key) ?? inputs.push(input) - 1;
    places.set(key, at);
    return copyPath(at, selector, `${store}/`);
  });
  const first = paths[0];
  const name = first === undefined ? '' : textOf(baseName(first.path)).slice(33);
  return maker.add(
    {
      inputs,
      op: fileOp(base === undefined ? NONE : 0, inputs.length, [
        ...(base === undefined ? [makeDirectory(store, 0o755)] : []),
        ...copies,
      ]),
    },
    {
      name: paths.length === 1 ? `layer ${name}` : `layer ${paths.length} store paths`,
      caps: ['file.base'],
    },
    ROLES.outputs,
  );
}

const LINKS_DIR = '/.llb-lens.state/root';

/** A tree of links to what the paths hold, made by the same code as `builtin:buildenv`. */
function addLinks(maker: OpMaker, { linked, storeDir }: ImageOps): Digest {
  const skeleton = maker.skeleton(maker.ownPlatform);
  const mounts = new MountList();
  mounts.add({ digest: skeleton.root, index: 0 }, { dest: '/', output: 0 });
  for (const { path, input, selector, link } of linked) {
    if (!link) mounts.add(input, { dest: textOf(path), selector, readonly: true });
  }
  const script =
    `. ${TOOLS_DIR}/builtins.sh; manifest=; llblens_buildenv; ` +
    `bb find "$out" -exec ${BUSYBOX} touch -h -d @1 {} +`;
  const derivations = linked.map(({ path }) => `true 5 1 ${textOf(path)}`).join(' ');
  return maker.add(
    {
      inputs: mounts.inputs,
      platform: maker.ownPlatform,
      op: sandboxExec({
        script: ['-c', script],
        env: [`out=${LINKS_DIR}`, `derivations=${derivations}`, `NIX_STORE=${textOf(storeDir)}`],
        cwd: STATE_DIR,
        user: '',
        mounts,
      }),
    },
    {
      name: '[internal] find the programs to link',
      caps: EXEC_CAPS,
    },
    ROLES.sandbox,
  );
}
