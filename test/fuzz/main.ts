/**
 * `npm run fuzz [-- SEED [INPUTS]]`: mutates the corpus and prints what was found.
 *
 * A failure prints its text as JSON, ready to become a test; the run ends with code 1 then.
 */
import { fuzz, fuzzLines, fuzzPrefixes, fuzzTyping, type FuzzResult } from './fuzz';
import { growths } from './linear';
import { fuzzProtocol } from './protocol';

const [seed = 1, inputs = 200_000] = process.argv.slice(2).map(Number);
/** A ratio of 1 is exactly linear; short times say little. */
const tolerated = { ratio: 2, milliseconds: 1000 };

async function main(): Promise<void> {
  const start = Date.now();
  const seconds = (): string => `${((Date.now() - start) / 1000).toFixed(0)} s`;
  const show = ({ failures }: FuzzResult): void => {
    for (const { text, problem } of failures) {
      console.error(`${JSON.stringify(text)}\n  ${problem}`);
    }
  };
  const result = await fuzz({ seed, inputs, compileEvery: 20 });
  show(result);
  console.log(
    `seed ${seed}: ${result.inputs} inputs parsed as edits and as a whole, ${result.compiled} of ` +
      `them compiled both ways, ${result.failures.length} failures (${seconds()})`,
  );
  const typing = await fuzzTyping(seed, Math.ceil(inputs / 50));
  show(typing);
  console.log(
    `${typing.inputs} keystrokes compiled both ways, ${typing.failures.length} failures ` +
      `(${seconds()})`,
  );
  const lines = await fuzzLines(seed, Math.ceil(inputs / 50));
  show(lines);
  console.log(
    `${lines.inputs} edits of whole lines compiled both ways, ${lines.failures.length} failures ` +
      `(${seconds()})`,
  );
  console.log(`${fuzzPrefixes()} prefixes parsed (${seconds()})`);
  const asked = await fuzzProtocol(seed, 4000);
  for (const { text, problem } of asked.failures) {
    console.error(`${JSON.stringify(text)}\n  ${problem}`);
  }
  console.log(
    `${asked.requests} requests at the ends of ${asked.prefixes} prefixes, ` +
      `${asked.failures.length} failures (${seconds()})`,
  );
  const grown = await growths();
  for (const { construct, phase, ratio, milliseconds } of grown.slice(0, 5)) {
    console.log(
      `four times as many ${construct}: ${phase} takes ${ratio.toFixed(1)} times longer than ` +
        `linear, ${milliseconds.toFixed(0)} ms in all`,
    );
  }
  const slow = grown.filter(
    ({ ratio, milliseconds }) => ratio > tolerated.ratio && milliseconds > tolerated.milliseconds,
  );
  console.log(`${grown.length} growths measured, ${slow.length} not linear (${seconds()})`);
  const failures = [result, typing, lines, asked].flatMap((one) => one.failures);
  if (failures.length > 0 || slow.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
