/** Signals that STOPSIGNAL may name: Linux's names, or any number but 0. */
import { toUpper } from '../text/go';
import { parseInteger } from '../text/go-numbers';

const names = new Set(
  (
    'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT ' +
    'STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX'
  ).split(' '),
);
for (let offset = 1; offset <= 15; offset++) names.add(`RTMIN+${offset}`);
for (let offset = 1; offset <= 14; offset++) names.add(`RTMAX-${offset}`);

/** @throws Error with BuildKit's message for anything else. */
export function checkSignal(text: string): void {
  const invalid = new Error(`invalid signal: ${text}`);
  let number: bigint | undefined;
  try {
    number = parseInteger(text, 10, 64, 'Atoi');
  } catch {
    number = undefined; // Not a number: a name.
  }
  if (number === 0n) throw invalid;
  if (number === undefined && !names.has(toUpper(text).replace(/^SIG/, ''))) throw invalid;
}
