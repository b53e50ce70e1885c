/** Dockerfiles of a given length, mixed as real ones are, for benchmarks. */

const body = (stage: number, line: number): string => {
  const name = `s${stage}`;
  const kinds = [
    `RUN --mount=type=cache,target=/cache/${line} build --jobs "$JOBS" part-${line}`,
    `COPY src/part-${line}/ /work/part-${line}/`,
    `ENV PART_${line}="value of ${line}" OTHER_${line}=\${PART_${Math.max(line - 7, 0)}:-none}`,
    `WORKDIR /work/${name}/${line}`,
    `RUN test -d /work && echo "${line}" > done-${line}`,
    `LABEL part.${line}="${name}"`,
    `# What follows belongs to part ${line}.`,
  ];
  return kinds[line % kinds.length] ?? '';
};

/** @param lines how many lines the file has; a new stage begins about every 30 */
export function dockerfileOf(lines: number): string {
  const out = ['ARG BASE=alpine:3.20'];
  let stage = -1;
  while (out.length < lines) {
    if ((out.length - 1) % 30 === 0) {
      stage += 1;
      out.push(`FROM \${BASE} AS s${stage}`, 'ARG JOBS=4');
      if (stage > 0) out.push(`COPY --from=s${stage - 1} /work /from-s${stage - 1}`);
    } else {
      out.push(body(stage, out.length));
    }
  }
  return `${out.slice(0, lines).join('\n')}\n`;
}

/** One stage of RUNs that go on over many lines each. */
export function longRunsOf(runs: number, lines: number): string {
  const out = ['FROM alpine:3.20'];
  for (let run = 0; run < runs; run++) {
    out.push(`RUN echo start-${run} \\`);
    for (let line = 2; line < lines; line++) {
      out.push(`    && echo line-${run}-${line} --with some=words "$PATH" \\`);
    }
    out.push('    && echo end');
  }
  return `${out.join('\n')}\n`;
}
