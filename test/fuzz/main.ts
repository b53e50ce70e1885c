/**
 * `npm run fuzz [-- SEED [INPUTS]]`: mutates the corpus and prints what was found.
 *
 * A failure prints its text as JSON, ready to become a test; the run ends with code 1 then.
 */
import { fuzz, fuzzPrefixes } from './fuzz';
import { growths } from './linear';

const [seed = 1, inputs = 200_000] = process.argv.slice(2).map(Number);
/** Repeated text of some kinds grows a little more than linear by what memory costs. */
const tolerated = 3;

async function main(): Promise<void> {
  const start = Date.now();
  const seconds = (): string => `${((Date.now() - start) / 1000).toFixed(0)} s`;
  const result = await fuzz({ seed, inputs, compileEvery: 20 });
  for (const { text, problem } of result.failures) {
    console.error(`${JSON.stringify(text)}\n  ${problem}`);
  }
  console.log(
    `seed ${seed}: ${result.inputs} inputs parsed as edits and as a whole, ${result.compiled} of ` +
      `them compiled both ways, ${result.failures.length} failures (${seconds()})`,
  );
  console.log(`${fuzzPrefixes()} prefixes parsed (${seconds()})`);
  const slow = growths(seed, 400);
  const [worst] = slow;
  console.log(
    `time against length, 8 times the text: worst ${worst?.ratio.toFixed(2) ?? '-'} times linear, ` +
      `median ${slow[slow.length >> 1]?.ratio.toFixed(2) ?? '-'} (${seconds()})`,
  );
  if (worst !== undefined && worst.ratio > tolerated) console.error(JSON.stringify(worst.text));
  if (result.failures.length > 0 || (worst?.ratio ?? 0) > tolerated) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
