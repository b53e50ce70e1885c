/** HEALTHCHECK: its type, its command and its durations. */
import { instructionSpecs } from '../grammar/instructions';
import type { InstructionContent } from '../parser/chunk';
import { quote, toUpper } from '../text/go';
import { parseDuration, parseInteger } from '../text/go-numbers';
import type { Healthcheck } from './command';
import { readFlags, type FlagValues } from './flags';

const noTimes = { interval: 0n, timeout: 0n, startPeriod: 0n, startInterval: 0n, retries: 0n };
const millisecond = 1_000_000n;

/** @throws Error with BuildKit's message. */
export function parseHealthcheck(node: InstructionContent): Healthcheck {
  const [written, ...args] = node.args;
  if (written === undefined) throw new Error('HEALTHCHECK requires at least one argument');
  const type = toUpper(written);
  if (type === 'NONE') {
    // Its flags are not even looked at.
    if (args.length > 0) throw new Error('HEALTHCHECK NONE takes no arguments');
    return { test: [type], ...noTimes };
  }
  const flags = readFlags(node.flags, instructionSpecs.healthcheck.flags);
  if (type !== 'CMD') throw new Error(`Unknown type ${quote(type)} in HEALTHCHECK (try CMD)`);
  const command = node.json || args.length === 0 ? args : [args.join(' ')];
  if (command.length === 0) throw new Error('Missing command after HEALTHCHECK CMD');
  return {
    test: [node.json ? 'CMD' : 'CMD-SHELL', ...command],
    interval: interval(flags, 'interval'),
    timeout: interval(flags, 'timeout'),
    startPeriod: interval(flags, 'start-period'),
    startInterval: interval(flags, 'start-interval'),
    retries: retries(flags.text('retries')),
  };
}

function interval(flags: FlagValues, name: string): bigint {
  const text = flags.text(name);
  if (text === '') return 0n;
  const duration = parseDuration(text);
  if (duration !== 0n && duration < millisecond) {
    throw new Error(`Interval ${quote(name)} cannot be less than 1ms`);
  }
  return duration;
}

function retries(text: string): bigint {
  if (text === '') return 0n;
  const count = parseInteger(text, 10, 32);
  if (count < 0n) throw new Error(`--retries cannot be negative (${count.toString()})`);
  return count;
}
