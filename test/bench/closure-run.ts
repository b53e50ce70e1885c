/** One closure, in a process of its own: `FOLDER NAME` prints the CPU milliseconds of its parts. */
import { closurePaths, compileClosure } from '../../language-server/derivation';
import { openDerivations } from '../../language-server/server/store-reader';
import { useNativeSha256 } from '../../language-server/server/native-sha256';
import { amount, type Figure } from './report';

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function main(folder: string, name: string): Promise<readonly Figure[]> {
  useNativeSha256();
  const started = cpu();
  const { closure } = await openDerivations([folder]);
  const read = cpu();
  closurePaths(closure);
  const hashed = cpu();
  compileClosure(closure, { shell: { ref: 'docker.io/library/busybox:musl' } });
  const compiled = cpu();
  const { size } = closure.derivations;
  return [
    {
      name: `closure of ${name}, ${size} derivations`,
      value: amount(compiled - started, 'ms'),
      note: `CPU: read and parsed ${amount(read - started, 'ms')}, hashed ${amount(hashed - read, 'ms')}, checked and compiled ${amount(compiled - hashed, 'ms')}`,
    },
  ];
}

const [folder = '', name = ''] = process.argv.slice(2);
main(folder, name).then(
  (figures) => console.log(JSON.stringify(figures)),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
