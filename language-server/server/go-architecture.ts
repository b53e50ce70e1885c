/** Go's names for the processors that Node names in its own way. */
const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
};

/** @param architecture as `process.arch` has it */
export function goArchitecture(architecture: string): string {
  return architectures[architecture] ?? architecture;
}
