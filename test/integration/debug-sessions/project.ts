/** The project that the recorded sessions build: small, and after the first time all from the cache. */
import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, offlineResolver, parse } from '../../../language-server/dockerfile/index';
import * as ops from '../../../proto/generated/ops';
import { definitionToPb } from '../../../proto/model/unmarshal';
import type { Project } from './session-script';

export const dockerfile = `# Two stages and one that is empty.
ARG BASE=alpine
FROM \${BASE} AS tools
ENV MODE=tools
WORKDIR /tools
RUN echo tool > tool \\
    && echo built

FROM debian AS main
ARG STAMP=none
ENV MODE=main \\
    LEVEL=3
LABEL team=lens
WORKDIR /app
RUN <<EOF
echo "user:x:7:7::/app:/bin/sh" >> /etc/passwd
rm /etc/os-release
mkdir sub && echo deep > sub/deep.txt
EOF
COPY --from=tools /tools/tool tool
RUN echo "$STAMP" > stamp

FROM main AS broken
USER app
RUN --mount=type=cache,target=/cache,uid=1000 echo told; echo partial > /tmp/left; exit 3

FROM scratch AS empty
COPY note.txt /note.txt
WORKDIR /there
`;

/** Lines of it. */
export const at = {
  base: 2,
  tools: 3,
  toolsEnv: 4,
  toolsRun: 6,
  main: 9,
  stamp: 10,
  env: 11,
  label: 13,
  workdir: 14,
  heredoc: 15,
  copyTool: 20,
  stampRun: 21,
  user: 24,
  failing: 25,
  empty: 28,
  emptyWorkdir: 29,
} as const;

async function compiled() {
  const text = 'FROM alpine\nRUN echo hello > /hello\n';
  const { results } = await compile(parse(text), {}, offlineResolver());
  const [result] = results;
  if (result === undefined) throw new Error('the small file does not compile');
  return result;
}

/** @param busybox a static one */
export async function makeProject(busybox: string): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-sessions-'));
  const file = join(folder, 'Dockerfile');
  await writeFile(file, dockerfile);
  await writeFile(join(folder, 'note.txt'), 'a note\n');
  await writeFile(join(folder, 'kept-out.txt'), 'kept out\n');
  await writeFile(join(folder, '.dockerignore'), 'kept-out.txt\n');
  const [tools, llb, bake] = [
    join(folder, 'tools'),
    join(folder, 'ops.pb'),
    join(folder, 'bake.hcl'),
  ];
  await mkdir(tools);
  await copyFile(busybox, join(tools, 'busybox'));
  const { definition } = await compiled();
  // Only the ops and their names: no text, no places.
  const bare = { ...definition, locations: new Map(), sources: [] };
  await writeFile(llb, ops.Definition.encode(definitionToPb(bare)));
  await writeFile(
    bake,
    `target "app" {\n  context = "${folder}"\n  target = "main"\n  args = { STAMP = "baked" }\n}\n`,
  );
  const buildx = join(folder, 'buildx');
  return { folder, file, tools, llb, bake, socket: join(folder, 'agent'), buildx };
}
