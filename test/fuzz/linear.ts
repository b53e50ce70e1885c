/**
 * Finds what takes more than linear time: a construct repeated four times as often must take about
 * four times as long to parse, to lint and to compile.
 */
import {
  compile,
  lint,
  offlineResolver,
  parse,
  tokensOf,
  type SyntaxTree,
} from '../../language-server/dockerfile';

/**
 * What a file may hold a great many of, by name: the text with so many of it. Words stand on lines of
 * their own: BuildKit reads no line of more than 65,535 bytes.
 */
export const constructs: Readonly<Record<string, (count: number) => string>> = {
  'ARG chains': (count) => `${lines(count, (n) => `ARG A${n}=\${A${n - 1}}`)}FROM \${A1:-a}\n`,
  'ARGs in a stage': (count) => `FROM a\n${lines(count, (n) => `ARG A${n}=$A${n - 1}`)}RUN x\n`,
  'ENV chains': (count) => `FROM a\n${lines(count, (n) => `ENV E${n}=\${E${n - 1}}`)}`,
  'ENV pairs': (count) => `FROM a\nENV ${repeat(count, (n) => `E${n}="v w" \\\n`)}\n`,
  LABELs: (count) => `FROM a\n${lines(count, (n) => `LABEL a.b${n}="x"`)}`,
  VOLUMEs: (count) => `FROM a\n${lines(count, (n) => `VOLUME /v${n}`)}`,
  EXPOSEs: (count) => `FROM a\n${lines(count, (n) => `EXPOSE ${n}`)}`,
  RUNs: (count) => `FROM a\n${lines(count, (n) => `RUN step ${n}`)}`,
  'nested braces': (count) => `FROM a\nENV A=${'${B:-'.repeat(count)}x${'}'.repeat(count)}\n`,
  'open braces': (count) => `FROM a\nENV A=${'${B:-'.repeat(count)}\n`,
  'braces side by side': (count) => `FROM a\nENV A=${'${B:-c}'.repeat(count)}\n`,
  'dollar signs': (count) => `FROM a\nENV A=${'$'.repeat(count)}\n`,
  'patterns in words': (count) => `FROM a\nENV A=aaaa\nENV B=${'${A//a*b/c}'.repeat(count)}\n`,
  'a long value with a pattern': (count) =>
    `FROM a\nENV A=${'ab'.repeat(count)}\nENV B=\${A##*b*c*d}\n`,
  'a long value with stars': (count) =>
    `FROM a\nENV A=${'a'.repeat(count)}\nENV B=\${A%%*a*b} C=\${A//a*a*b/x}\n`,
  backslashes: (count) => `FROM a\nENV A=${'\\\\'.repeat(count)}\n`,
  'double quotes': (count) => `FROM a\nENV A=${'"x"'.repeat(count)}\n`,
  'single quotes': (count) => `FROM a\nENV A=${"'x'".repeat(count)}\n`,
  'open quotes': (count) => `FROM a\nENV ${repeat(count, (n) => `A${n}="x `)}\n`,
  'continued lines': (count) => `FROM a\nRUN x ${'&& y \\\n'.repeat(count)} z\n`,
  'comments in a continuation': (count) => `FROM a\nRUN x \\\n${'# c\n'.repeat(count)} z\n`,
  'empty lines in a continuation': (count) => `FROM a\nRUN x \\\n${'\n'.repeat(count)} z\n`,
  'empty continuations': (count) => `FROM a\n${lines(count, () => 'RUN x \\\n\n y')}`,
  'a continuation that never ends': (count) => `FROM a\nRUN ${'x\\\n'.repeat(count)}`,
  comments: (count) => `${'# c\n'.repeat(count)}FROM a\n`,
  'comments above instructions': (count) => `FROM a\n${lines(count, () => '# c\nRUN x')}`,
  directives: (count) => `${lines(count, (n) => `# k${n}=v`)}FROM a\n`,
  'empty lines': (count) => `FROM a\n${'\n'.repeat(count)}`,
  'carriage returns': (count) => `FROM a\r\n${'RUN x\r\n'.repeat(count)}`,
  blanks: (count) => `FROM a\nRUN${' '.repeat(count)}x\n`,
  'blanks at the end': (count) => `FROM a\nRUN x${' '.repeat(count)}\n`,
  'one long word': (count) => `FROM a\nRUN ${'x'.repeat(count)}\n`,
  flags: (count) => `FROM a\nCOPY ${'--exclude=x \\\n'.repeat(count)}a b\n`,
  'unknown flags': (count) => `FROM a\nCOPY ${'--what=x \\\n'.repeat(count)}a b\n`,
  mounts: (count) => `FROM a\nRUN ${repeat(count, (n) => `--mount=target=/m${n} \\\n`)}x\n`,
  'options of a mount': (count) => `FROM a\nRUN --mount=target=/m${',ro'.repeat(count)} x\n`,
  'sources of a COPY': (count) => `FROM a\nCOPY ${repeat(count, (n) => `s${n} \\\n`)}/d/\n`,
  'COPY after COPY': (count) => `FROM a\n${lines(count, (n) => `COPY s${n} /d${n}`)}`,
  'COPY --link': (count) => `FROM a\n${lines(count, (n) => `COPY --link s${n} /d${n}`)}`,
  'heredocs one after the other': (count) => `FROM a\n${lines(count, () => 'RUN <<E\nx\nE')}`,
  'heredocs of one RUN': (count) =>
    `FROM a\nRUN ${repeat(count, (n) => `<<E${n} `)}x\n${lines(count, (n) => `x\nE${n}`)}`,
  'heredocs of one COPY': (count) =>
    `FROM a\nCOPY ${repeat(count, (n) => `<<E${n} `)}/d/\n${lines(count, (n) => `x\nE${n}`)}`,
  'open heredocs': (count) => `FROM a\n${lines(count, (n) => `RUN <<E${n}`)}`,
  'a long heredoc': (count) => `FROM a\nRUN <<E\n${'line of text $X\n'.repeat(count)}E\n`,
  'a heredoc with tabs': (count) => `FROM a\nCOPY <<-E /d\n${'\t\tx\n'.repeat(count)}\tE\n`,
  'a long array': (count) => `FROM a\nCMD [${'"x",'.repeat(count)}"y"]\n`,
  'open arrays': (count) => `FROM a\n${lines(count, () => 'CMD ["x",')}`,
  brackets: (count) => `FROM a\nCMD ${'['.repeat(count)}\n`,
  'exposed ports': (count) => `FROM a\nEXPOSE ${repeat(count, (n) => `${n % 65535} \\\n`)}\n`,
  'a range of ports': (count) => `FROM a\nEXPOSE 1-${Math.min(count, 65000)}\n`,
  volumes: (count) => `FROM a\nVOLUME ${repeat(count, (n) => `/v${n} \\\n`)}\n`,
  // Not one below the other: the paths themselves would be as long as the file.
  WORKDIRs: (count) => `FROM a\n${lines(count, (n) => `WORKDIR ../w${n}`)}`,
  'nested WORKDIRs': (count) => `FROM a\nWORKDIR ${'a/../'.repeat(count)}b\n`,
  ONBUILDs: (count) => `FROM a AS b\n${lines(count, (n) => `ONBUILD RUN x ${n}`)}FROM b\n`,
  'empty stages': (count) => lines(count, (n) => `FROM a AS s${n}`),
  'stages on stages': (count) =>
    `FROM a AS s0\n${lines(count, (n) => `FROM s${n - 1} AS s${n}\nRUN x`)}`,
  'stages that copy from the one before': (count) =>
    `FROM a AS s0\n${lines(count, (n) => `FROM b AS s${n}\nCOPY --from=s${n - 1} / /`)}`,
  'stages that copy from the one after': (count) =>
    `${lines(count, (n) => `FROM b AS s${n}\nCOPY --from=s${n + 1} / /`)}FROM c AS s${count + 1}\n`,
  'stages that copy from themselves': (count) =>
    lines(count, (n) => `FROM b AS s${n}\nCOPY --from=s${n} / /`),
  'images copied from': (count) => `FROM a\n${lines(count, (n) => `COPY --from=i${n} / /`)}`,
  'unknown instructions': (count) => `FROM a\n${lines(count, (n) => `RUM ${n}`)}`,
  'failing instructions': (count) => `FROM a\n${lines(count, () => 'WORKDIR ${X:?}')}`,
  'stages that cannot be built': (count) => lines(count, (n) => `FROM a?b AS s${n}\nRUN x`),
  'nothing but RUN': (count) => lines(count, () => 'RUN x'),
  'undefined variables': (count) => `FROM a\n${lines(count, (n) => `COPY $V${n} /d`)}`,
  'undefined variables near known ones': (count) =>
    `FROM a\n${lines(count, (n) => `ENV VAR${n}=x`)}${lines(count, (n) => `COPY $VRA${n} /d`)}`,
  'undefined variables of FROMs near known ones': (count) =>
    `${lines(count, (n) => `ARG VAR${n}=x`)}${lines(count, (n) => `FROM a$VRA${n}`)}`,
  'unknown variables between new ones': (count) =>
    `FROM a\n${lines(count, (n) => `ENV LONG_NAME_${n}_X=x\nCOPY $LONG_NAME_X_${n} /d`)}`,
  'ARGs of stages': (count) => lines(count, (n) => `FROM a AS s${n}\nARG A${n}=x`),
  'mixed casing': (count) => `FROM a\n${lines(count, (n) => (n % 2 === 0 ? 'RUN x' : 'run x'))}`,
};

function repeat(count: number, piece: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => piece(index + 1)).join('');
}

function lines(count: number, line: (index: number) => string): string {
  return repeat(count, (index) => `${line(index)}\n`);
}

export type Growth = {
  readonly construct: string;
  readonly phase: Phase;
  /** Milliseconds of CPU for the larger text. */
  readonly milliseconds: number;
  /** How many times longer than linear: 1 is exactly linear, 4 quadratic. */
  readonly ratio: number;
};
type Phase = keyof typeof phases;

const phases = {
  parse: (text: string) => {
    parse(text);
  },
  tokens: (_: string, tree: SyntaxTree) => {
    tokensOf(tree);
  },
  lint: (_: string, tree: SyntaxTree) => lint(tree, { partial: true }, offlineResolver()),
  compile: (_: string, tree: SyntaxTree) => compile(tree, { partial: true }, offlineResolver()),
} as const;

const phaseNames = ['parse', 'tokens', 'lint', 'compile'] as const;

/** Counts where the smaller text takes some milliseconds, so that the clock's grain does not count. */
const enough = 6;
const growth = 4;
const largest = 64_000;

/** How each phase grows with each construct, worst first. */
export async function growths(only?: string): Promise<readonly Growth[]> {
  const found: Growth[] = [];
  for (const [construct, make] of Object.entries(constructs)) {
    if (only !== undefined && construct !== only) continue;
    for (const phase of phaseNames) found.push(await growthOf(construct, make, phase));
  }
  return found.sort((a, b) => b.ratio - a.ratio);
}

async function growthOf(
  construct: string,
  make: (count: number) => string,
  phase: Phase,
): Promise<Growth> {
  let count = 500;
  let small = await best(make(count), phase);
  while (small < enough && count * growth < largest) {
    count *= 2;
    small = await best(make(count), phase);
  }
  const milliseconds = await best(make(count * growth), phase);
  return { construct, phase, milliseconds, ratio: milliseconds / Math.max(small, 1) / growth };
}

/** CPU milliseconds, the best of some tries; a slow text gets one. */
async function best(text: string, phase: Phase): Promise<number> {
  let least = Infinity;
  for (let tries = 0; tries < 4; tries++) {
    // A tree of its own each time: what a phase keeps of a tree must not help the next one.
    const tree = parse(text);
    const start = process.cpuUsage();
    await phases[phase](text, tree);
    const { user, system } = process.cpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
    if (least > 400) break;
  }
  return least;
}
