# The image that `# syntax=` names: the command line on Node. Build it with `npm run frontend-image`.
ARG NODE=docker.io/library/node:20-alpine
FROM ${NODE}
COPY *.js /llb-lens/
LABEL moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts"
ENTRYPOINT ["/usr/local/bin/node", "/llb-lens/cli.js", "frontend"]
