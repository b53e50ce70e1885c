/** Patterns that are more than one instruction's keyword. */
export type Snippet = { readonly label: string; readonly detail: string; readonly body: string };

export const snippets: readonly Snippet[] = [
  {
    label: 'FROM … AS',
    detail: 'A stage with a name',
    body: 'FROM ${1:image} AS ${2:build}\n$0',
  },
  {
    label: 'FROM builder platform',
    detail: 'A stage that runs on the builder itself, for cross-compilation',
    body: 'FROM --platform=\\$BUILDPLATFORM ${1:image} AS ${2:build}\nARG TARGETOS TARGETARCH\n$0',
  },
  {
    label: 'RUN apt-get with caches',
    detail: 'Install Debian packages with cache mounts',
    body:
      'RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \\\\\n' +
      '    --mount=type=cache,target=/var/lib/apt,sharing=locked \\\\\n' +
      '    rm -f /etc/apt/apt.conf.d/docker-clean \\\\\n' +
      '    && apt-get update && apt-get install -y --no-install-recommends ${1:package}$0',
  },
  {
    label: 'RUN apk with cache',
    detail: 'Install Alpine packages with a cache mount',
    body: 'RUN --mount=type=cache,target=/var/cache/apk apk add ${1:package}$0',
  },
  {
    label: 'RUN npm ci with cache',
    detail: 'Install Node packages with bind and cache mounts',
    body:
      'RUN --mount=type=bind,source=package.json,target=package.json \\\\\n' +
      '    --mount=type=bind,source=package-lock.json,target=package-lock.json \\\\\n' +
      '    --mount=type=cache,target=/root/.npm \\\\\n' +
      '    npm ci$0',
  },
  {
    label: 'RUN pip with cache',
    detail: 'Install Python packages with bind and cache mounts',
    body:
      'RUN --mount=type=bind,source=requirements.txt,target=requirements.txt \\\\\n' +
      '    --mount=type=cache,target=/root/.cache/pip \\\\\n' +
      '    pip install -r requirements.txt$0',
  },
  {
    label: 'RUN go build with caches',
    detail: 'Compile Go with module and build caches',
    body:
      'RUN --mount=type=bind,target=. \\\\\n' +
      '    --mount=type=cache,target=/go/pkg/mod \\\\\n' +
      '    --mount=type=cache,target=/root/.cache/go-build \\\\\n' +
      '    go build -o ${1:/out/app} ${2:.}$0',
  },
  {
    label: 'RUN with a secret',
    detail: 'A command that sees a secret in a variable',
    body: 'RUN --mount=type=secret,id=${1:token},env=${2:TOKEN} ${3:command}$0',
  },
  {
    label: 'RUN heredoc',
    detail: 'A script of several lines',
    body: 'RUN <<EOF\nset -e\n${1:command}\nEOF$0',
  },
  {
    label: 'COPY heredoc',
    detail: 'A file written here',
    body: 'COPY <<EOF ${1:/path/in/image}\n${2:content}\nEOF$0',
  },
  {
    label: 'COPY --from',
    detail: 'Files of another stage',
    body: 'COPY --link --from=${1:build} ${2:/out/app} ${3:/usr/local/bin/}$0',
  },
  {
    label: 'HEALTHCHECK with times',
    detail: 'Check by a command',
    body: 'HEALTHCHECK --interval=${1:30s} --timeout=${2:3s} CMD ${3:command}$0',
  },
  {
    label: 'LABEL OCI',
    detail: 'The usual labels of an image',
    body:
      'LABEL org.opencontainers.image.title="${1:title}" \\\\\n' +
      '      org.opencontainers.image.description="${2:description}" \\\\\n' +
      '      org.opencontainers.image.source="${3:https://}"$0',
  },
];
