/** Builds that are made up to be looked at: a closure of any size, and stages that run side by side. */
import * as ops from '../../proto/generated/ops';
import { digestOf } from '../../proto/model/digest';

/** Marshalled LLB like that of a closure: each step is used by some of the next ones. */
export function largeDefinition(size: number): Uint8Array {
  const made: { readonly bytes: Uint8Array; readonly digest: string }[] = [];
  const inputs = Array.from({ length: size }, () => new Set<number>());
  for (let index = 0; index < size - 1; index += 1)
    for (const far of [1 + ((index * 7) % 5), 3 + ((index * 11) % 17)])
      inputs[Math.min(size - 1, index + far)]?.add(index);
  for (const [index, needed] of inputs.entries()) {
    const used = [...needed].map((input) => made[input]?.digest ?? '');
    const bytes = ops.Op.encode({
      inputs: used.map((digest) => ({ digest, index: 0n })),
      exec: {
        meta: { args: [`make ${index}`], cwd: '/' },
        mounts: [
          { input: -1n, dest: '/', output: 0n },
          ...used.map((_, at) => ({
            input: BigInt(at),
            dest: `/in/${at}`,
            output: -1n,
            readonly: true,
          })),
        ],
      },
    });
    made.push({ bytes, digest: digestOf(bytes) });
  }
  const last = made.at(-1)?.digest ?? '';
  const end = ops.Op.encode({ inputs: [{ digest: last, index: 0n }] });
  return ops.Definition.encode(
    ops.Definition.create({ def: [...made.map(({ bytes }) => bytes), end] }),
  );
}

/** Stages that run side by side; one of them waits until the gate has a file, another fails then. */
export const twelveStages = (gate: string): string => `FROM alpine:3.20 AS tools
WORKDIR /src
RUN echo ${gate} > tools.txt

FROM tools AS deps
COPY pages pages
RUN sort pages/*.txt > deps.txt

FROM deps AS types
RUN wc -l deps.txt > types.txt

FROM deps AS lint
RUN grep -c . deps.txt > lint.txt

FROM deps AS unit
RUN md5sum deps.txt > unit.txt

FROM deps AS client
RUN sha256sum deps.txt > client.js
RUN gzip client.js

FROM tools AS styles
COPY styles styles
RUN cat styles/*.css > site.css

FROM tools AS docs
COPY scripts scripts
RUN cat scripts/* > docs.txt

FROM deps AS server
COPY --from=types /src/types.txt ./
RUN --mount=type=cache,target=/gate until [ -e /gate/${gate} ]; do sleep 0.1; done; cp types.txt server.js

FROM tools AS bundle
COPY --from=client /src/client.js.gz ./
COPY --from=styles /src/site.css ./
COPY --from=server /src/server.js ./
RUN tar -cf bundle.tar client.js.gz site.css server.js

FROM bundle AS checks
COPY --from=lint /src/lint.txt ./
COPY --from=unit /src/unit.txt ./
RUN cat lint.txt; echo "no licence found"; exit 3

FROM busybox:1.36 AS image
COPY --from=docs /src/docs.txt /www/
COPY --from=checks /src/bundle.tar /www/
CMD ["httpd", "-f", "-h", "/www"]
`;
