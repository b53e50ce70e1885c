/**
 * A heap of modest size. V8 lets a young process take several times what it keeps before it tidies
 * up, which suits servers that have a machine to themselves and not one that runs beside an editor.
 * Measured with a file of 3,000 lines and 30 keystrokes: 116 MB resident in place of 161, for a
 * tenth more processor time; with 300 lines 72 MB in place of 87.
 */
import { setFlagsFromString } from 'node:v8';

/** To be called before anything is loaded into the heap; V8 looks at the flags as it goes. */
export function keepHeapModest(): void {
  setFlagsFromString('--max-semi-space-size=4'); // MB
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=100');
}
