/** The image that brings busybox where there is none: into sandboxes, and into images without a shell. */

/** Where the pinned image lies; its tag is what a mirror may have in its place. */
export const TOOLS_TAG = 'docker.io/library/busybox:musl';

/** Busybox 1.37 for every architecture that Docker has, statically linked: the digest of its index. */
export const TOOLS_DIGEST =
  'sha256:03db190ed4c1ceb1c55d179a0940e2d71d42130636a780272629735893292223';

/** The variable of the environment, and of a frontend's build arguments, that names another image. */
export const TOOLS_VARIABLE = 'LLB_LENS_TOOLS';
