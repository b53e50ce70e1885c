/** Where the runner, its busybox and its scripts lie in every build, and what they end with. */

/** In the root file system of every build, and root's, so that no builder can change it. */
export const TOOLS_DIR = '/.llb-lens';
export const BUSYBOX = `${TOOLS_DIR}/busybox`;
export const RUNNER = `${TOOLS_DIR}/run`;
/** Functions that only some derivations need; the runner reads it then. */
export const LIBRARY = `${TOOLS_DIR}/library.sh`;
/** Makes a store path from what a binary cache has of it. */
export const SUBSTITUTER = `${TOOLS_DIR}/substitute`;
/** Writes down what outputs refer to, for what is compiled after them. */
export const REPORTER = `${TOOLS_DIR}/report`;
/** The runner's own folder in the root file system: the full log, and what it works with. */
export const STATE_DIR = '/.llb-lens.state';
/** What the library works with. It is made once the builder has ended, so nothing in it is the builder's. */
export const WORK_DIR = `${STATE_DIR}/work`;
/** The whole log of the builder; BuildKit keeps only 2 MiB of it, and 200 KiB of a second. */
export const FULL_LOG = `${STATE_DIR}/log`;

/** Files that the runner leaves in the store beside the outputs; no builder ever sees them. */
export const REPORT_NAME = '.llb-lens-report';
export const LOG_NAME = '.llb-lens-log';
/** The folder for an output that is a symlink: mounting it would mount what it points at. */
export const linkFolder = (base: string): string => `.llb-lens-link-${base}`;

/** Variables that a builder had where it was stopped, for the shell that a person opens there. */
export const SHELL_ENVIRONMENT = `${STATE_DIR}/environment`;

/** The builder succeeded, but what it left is not a valid output. */
export const EXIT_REJECTED = 101;
/** A fixed output has another hash than promised. */
export const EXIT_HASH_MISMATCH = 102;

/** What the runner says before the code of a builder that ends with one of these itself. */
export const OWN_FAILURE = 'builder failed with exit code';

/** Holds the shell code that says what is to be run; see `plan.ts`. */
export const PLAN_VARIABLE = 'LLB_LENS_PLAN';
/** A plan that is too long for a variable. */
export const PLAN_FILE = `${STATE_DIR}/plan`;
/** Variables that BuildKit's tracing adds to every process, and the one that ash adds. */
export const INJECTED_VARIABLES = /^(?:OTEL_[A-Za-z0-9_]*|TRACEPARENT|TRACESTATE|SHLVL)$/;

/** What outputs and inputs are called where the reporter sees them, by their place in its list. */
export const REPORTED_DIR = '/.llb-lens.outputs';
/** What a report is asked for, and the names that it looks for; too long for variables, they are files. */
export const JOBS_VARIABLE = 'LLB_LENS_JOBS';
export const NAMES_VARIABLE = 'LLB_LENS_NAMES';
/** What is known of the inputs: the graph of their references, for checks of requisites. */
export const KNOWN_DIR = '/.llb-lens.known';
/** Where a download is mounted for the step that makes it an output. */
export const DOWNLOAD_DIR = '/.llb-lens.download';
export const DOWNLOAD_NAME = 'file';
