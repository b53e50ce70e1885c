/** Graphviz's `dot` on the same graphs, where it is installed (`apt-get install graphviz`). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { LayoutInput } from '../../webview/picture/layout';

const program = '/usr/bin/dot';
/** Milliseconds of wall time after which it is given up. */
const DEADLINE = 90_000;

export type DotRun = {
  /** In its `plain` format; undefined where it was given up. */
  readonly plain: string | undefined;
  /** Milliseconds of CPU. */
  readonly cpu: number;
  /** Bytes of memory at most, as far as was seen. */
  readonly memory: number;
};

/** @returns undefined where there is no Graphviz */
export async function runDot(input: LayoutInput): Promise<DotRun | undefined> {
  if (!existsSync(program)) return undefined;
  const graph = [
    'digraph { node [shape=box width=3.1 height=0.64 label=""];',
    ...input.nodes.map(({ id }) => `"${id}";`),
    ...input.edges.map(({ from, to }) => `"${from}" -> "${to}";`),
    '}',
  ].join('\n');
  const child = spawn(program, ['-Tplain'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const deadline = setTimeout(() => child.kill(), DEADLINE);
  let last = { cpu: 0, memory: 0 };
  const watch = setInterval(() => (last = used(child.pid) ?? last), 5);
  try {
    child.stdin.end(graph);
    const [plain, ended] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return { plain: ended[0] === 0 ? plain : undefined, ...last };
  } finally {
    clearTimeout(deadline);
    clearInterval(watch);
  }
}

/** Clock ticks of `/proc` are hundredths of a second on every Linux that Node runs on. */
const TICK = 10;

/** What a process has used so far, from Linux' `/proc`; undefined once it has ended. */
function used(pid: number | undefined): { cpu: number; memory: number } | undefined {
  try {
    const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    if (peak === undefined) return undefined;
    // The program's name, in brackets, may hold blanks; user and system time are the 14th and 15th.
    const fields =
      readFileSync(`/proc/${pid ?? 0}/stat`, 'utf8')
        .split(') ')[1]
        ?.split(' ') ?? [];
    return { cpu: (Number(fields[11]) + Number(fields[12])) * TICK, memory: Number(peak) * 1024 };
  } catch {
    return undefined;
  }
}
