/** Variables of derivations that Nix or Nixpkgs' generic builder give a meaning, and which. */

const NIX: Readonly<Record<string, string>> = {
  __contentAddressed: 'Outputs are named by what they hold, once they are built.',
  __impure: 'The build may use the network, and its result is never reused.',
  __json: 'All attributes as JSON: the builder finds them in `.attrs.json` and `.attrs.sh`.',
  __noChroot: 'Asks to be built outside the sandbox, which Nix refuses by default.',
  __structuredAttrs: 'Attributes reach the builder as JSON and not as variables.',
  allowSubstitutes: 'Whether the outputs may be taken from a binary cache.',
  allowedReferences: 'The only store paths that outputs may refer to.',
  allowedRequisites: 'The only store paths that outputs may need, however indirectly.',
  builder: 'The program that makes the outputs.',
  disallowedReferences: 'Store paths that outputs must not refer to.',
  disallowedRequisites: 'Store paths that outputs must not need, however indirectly.',
  exportReferencesGraph: 'Files that list everything that a store path needs.',
  impureEnvVars: 'Variables that are taken from outside; only where the result’s hash is fixed.',
  name: 'The name of the derivation, and of its outputs’ store paths.',
  outputHash: 'The hash that the output must have; the build may use the network therefore.',
  outputHashAlgo: 'How the output is hashed.',
  outputHashMode:
    'What is hashed: `flat`, the file itself; `recursive` or `nar`, an archive of it; `git`, a Git object.',
  outputs: 'The names of the outputs.',
  passAsFile: 'Variables that the builder gets as files, under their name and `Path`.',
  preferLocalBuild: 'Asks not to be built on another machine.',
  requiredSystemFeatures: 'What the building machine must have.',
  system: 'The kind of machine that can build this.',
  unsafeDiscardReferences: 'Outputs whose references do not count.',
};

const GENERIC_BUILDER: Readonly<Record<string, string>> = {
  buildInputs: 'Libraries for the machine that the result runs on.',
  depsBuildBuild: 'Programs for the building machine that make programs for it.',
  doCheck: 'Whether the check phase runs.',
  doInstallCheck: 'Whether the installed result is checked too.',
  dontStrip: 'Keeps the debugging symbols.',
  nativeBuildInputs: 'Programs that the build runs.',
  patches: 'Patches, applied in this order by the patch phase.',
  phases: 'The phases that run, in this order.',
  propagatedBuildInputs: 'Libraries that users of the result need too.',
  propagatedNativeBuildInputs: 'Programs that users of the result need too.',
  src: 'What the unpack phase unpacks.',
  srcs: 'What the unpack phase unpacks.',
  stdenv: 'The standard environment; its `setup` defines the phases.',
};

/** One sentence; undefined for a variable that only the builder knows. */
export function meaningOfVariable(name: string): string | undefined {
  const known = NIX[name] ?? GENERIC_BUILDER[name];
  if (known !== undefined) return known;
  const [, phase] = /^(\w+)Phase$/.exec(name) ?? [];
  if (phase !== undefined) return `What the ${phase} phase of the generic builder runs.`;
  const [, when, at] = /^(pre|post)([A-Z]\w*)$/.exec(name) ?? [];
  if (when === undefined || at === undefined) return undefined;
  return `Runs ${when === 'pre' ? 'before' : 'after'} the ${at.charAt(0).toLowerCase()}${at.slice(1)} phase of the generic builder.`;
}
