/** Mutates the corpus for a while and checks what must hold of every text. */
import { parse } from '../../language-server/dockerfile';
import { checkReparse, checkTokens, CompileCheck } from './checks';
import { corpus, type Seed } from './corpus';
import { mutate } from './mutate';
import { randomOf } from './random';

export type FuzzOptions = {
  readonly seed: number;
  readonly inputs: number;
  /** Compile every so manieth input, and as long as it is not broken. */
  readonly compileEvery: number;
};

export type FuzzResult = {
  readonly inputs: number;
  readonly compiled: number;
  readonly failures: readonly { readonly text: string; readonly problem: string }[];
};

/** Edits to one file before the next is taken. */
const editsPerFile = 20;

export async function fuzz({ seed, inputs, compileEvery }: FuzzOptions): Promise<FuzzResult> {
  const random = randomOf(seed);
  const seeds = corpus();
  const pick = (): Seed => seeds[random(seeds.length)] ?? { text: '', options: {} };
  const failures: { text: string; problem: string }[] = [];
  let count = 0;
  let compiled = 0;
  while (count < inputs) {
    const { text: start, options } = pick();
    const compiling = new CompileCheck(options);
    let text = start;
    let tree = parse(text);
    for (let edit = 0; edit < editsPerFile && count < inputs; edit++) {
      // Errors hide most of a file, so now and then it is whole again.
      text = random(6) === 0 ? start : mutate(text, pick().text, random);
      count++;
      try {
        tree = checkReparse(tree, text);
        checkTokens(tree);
        if (count % compileEvery === 0) {
          compiled++;
          await compiling.check(tree);
        }
      } catch (error) {
        const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
        failures.push({ text, problem });
        break;
      }
    }
  }
  return { inputs: count, compiled, failures };
}

/** What is typed in one place before the next. */
const typed = ['x', ' ', '1', '$A', '/', '=', '\n', '# ', '"', '--', 'y', 'z', ' -', '.'];
const keysPerPlace = 6;

/**
 * Types into files that are not broken, letter by letter and back again: what an editor does all
 * day, and what most is kept for.
 */
export async function fuzzTyping(seed: number, keys: number): Promise<FuzzResult> {
  const random = randomOf(seed);
  const seeds = corpus();
  const failures: { text: string; problem: string }[] = [];
  let count = 0;
  while (count < keys) {
    const { text: start, options } = seeds[random(seeds.length)] ?? { text: '', options: {} };
    const compiling = new CompileCheck(options);
    let tree = parse(start);
    const lineEnd = start.indexOf('\n', random(start.length + 1));
    const at = random(4) === 0 ? random(start.length + 1) : lineEnd < 0 ? start.length : lineEnd;
    const words: string[] = [];
    for (let key = 0; key < keysPerPlace * 2; key++) {
      if (key < keysPerPlace) words.push(typed[random(typed.length)] ?? '');
      else words.pop();
      const text = start.slice(0, at) + words.join('') + start.slice(at);
      count++;
      try {
        tree = checkReparse(tree, text);
        await compiling.check(tree);
      } catch (error) {
        const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
        failures.push({ text, problem });
        break;
      }
    }
  }
  return { inputs: count, compiled: count, failures };
}

/** Lines that come and go between instructions. */
const between = ['\n', '\n\n', '  \n', '#\n', '# c\n', '# check=skip=all\n', 'WORKDIR /w\n'];
const editsOfLines = 8;

/** Adds, removes, repeats and moves whole lines of files that are not broken. */
export async function fuzzLines(seed: number, edits: number): Promise<FuzzResult> {
  const random = randomOf(seed);
  const seeds = corpus();
  const failures: { text: string; problem: string }[] = [];
  let count = 0;
  while (count < edits) {
    const { text: start, options } = seeds[random(seeds.length)] ?? { text: '', options: {} };
    const compiling = new CompileCheck(options);
    let text = start;
    let tree = parse(text);
    for (let edit = 0; edit <= editsOfLines; edit++) {
      try {
        if (edit > 0) tree = checkReparse(tree, text);
        await compiling.check(tree);
      } catch (error) {
        const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
        failures.push({ text, problem });
        break;
      }
      const lines = text.split(/(?<=\n)/);
      const at = random(lines.length + 1);
      const blank = lines.findIndex((line, index) => index >= at && /^\s*(#.*)?\n$/.test(line));
      const way = random(4);
      if (way < 2) lines.splice(at, 0, between[random(between.length)] ?? '');
      else if (blank < 0) lines.splice(at, 0, lines[random(lines.length)] ?? '');
      else {
        const taken = lines.splice(blank, 1);
        if (way === 3) lines.splice(random(lines.length + 1), 0, ...taken);
      }
      text = lines.join('');
      count++;
    }
  }
  return { inputs: count, compiled: count, failures };
}

/** Every prefix of every file, as if it were typed from its beginning. Gives their number. */
export function fuzzPrefixes(every = 1): number {
  let count = 0;
  for (const { text } of corpus()) {
    let tree = parse('');
    for (let end = 1; end <= text.length; end += every) {
      tree = checkReparse(tree, text.slice(0, end));
      checkTokens(tree);
      count++;
    }
  }
  return count;
}
