// Names a process so that a later one with the same number is not taken for it.
import { readFileSync } from 'node:fs';

/** "PID-STARTTIME" of this process. */
export function ownIdentity(): string {
  return identityOf(process.pid);
}

export function identityOf(pid: number): string {
  return `${pid}-${startTime(pid) ?? 'unknown'}`;
}

/** Whether the process of that identity still runs. */
export function isAlive(identity: string): boolean {
  const [pid = '', started] = identity.trim().split('-');
  const now = startTime(Number(pid));
  return now !== undefined && now === started;
}

/**
 * Clock ticks from boot to the start of the process: field 22 of `/proc/PID/stat` (proc(5)); the
 * program's name in field 2 may hold blanks and parentheses, hence the search from its end.
 */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : rest[18];
  } catch {
    return undefined; // no such process
  }
}
