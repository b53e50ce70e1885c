/**
 * Switches with a value, such as `--pull=false`, which `docker build` takes and commander does not
 * know: the last one of a name counts.
 */
import { Command } from 'commander';
import { parseTruth } from '../../engine/request/key-values';
import { addBuildOptions } from './build-flags';

/** @param args those of the build command, whose switches then stand alone or are left out */
export function plainSwitches(args: readonly string[]): string[] {
  const switches = new Set(
    addBuildOptions(new Command()).options.flatMap(({ long, required, optional }) =>
      required || optional ? [] : (long ?? []),
    ),
  );
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const given = args.slice(0, end).map((text) => {
    const [name = '', value] = text.split(/=(.*)/s);
    const truth = switches.has(name) && value !== undefined ? parseTruth(value) : undefined;
    return truth === undefined ? { name: text, truth: true } : { name, truth };
  });
  const last = new Map(given.map(({ name, truth }) => [name, truth]));
  return [
    ...given.flatMap(({ name, truth }) => (truth && last.get(name) === true ? [name] : [])),
    ...args.slice(end),
  ];
}
