/** A server on the loopback interface that builds fetch from: files as they are, and git. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

export type SourcesServer = {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Path → what is there. */
  readonly files: Map<string, string | Buffer>;
  /** Paths that were asked for, queries left out. */
  readonly asked: readonly string[];
  close(): Promise<void>;
};

/** @param repositories the folder whose bare repositories are served by git's own protocol */
export async function startSources(repositories: string): Promise<SourcesServer> {
  const files = new Map<string, string | Buffer>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    asked.push(pathname);
    const file = files.get(pathname);
    if (file !== undefined) response.end(file);
    else if (pathname.includes('.git/')) serveGit(repositories, request, response);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    files,
    asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Git's own server program, which speaks CGI. */
function serveGit(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      // The folder may belong to another user than the one who serves it.
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  request.pipe(child.stdin);
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  child.once('close', () => {
    const answer = Buffer.concat(pieces);
    const end = answer.indexOf('\r\n\r\n');
    const headers = answer.subarray(0, end).toString('latin1').split('\r\n');
    for (const header of headers) {
      const [name = '', value = ''] = header.split(/:\s*/, 2);
      if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.end(answer.subarray(end + 4));
  });
}

/** A bare repository `NAME.git` with these files on its only branch, `main`, and a tag `v1`. */
export function makeRepository(
  root: string,
  name: string,
  files: Readonly<Record<string, string>>,
): void {
  const git = (folder: string, args: readonly string[], input?: string) =>
    execFileSync('git', [...args], {
      cwd: folder,
      ...(input === undefined ? {} : { input }),
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_NAME: 'a',
        GIT_AUTHOR_EMAIL: 'a@example.org',
        GIT_COMMITTER_NAME: 'a',
        GIT_COMMITTER_EMAIL: 'a@example.org',
      },
    })
      .toString()
      .trim();
  const bare = join(root, `${name}.git`);
  mkdirSync(bare);
  git(bare, ['init', '-q', '--bare', '-b', 'main', '.']);
  // The text of a fast-import: a whole history without a work tree.
  const entries = Object.entries(files).map(
    ([path, text]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
  );
  const commit =
    'commit refs/heads/main\ncommitter a <a@example.org> 1700000000 +0000\ndata 1\nx\n' +
    entries.join('') +
    'reset refs/tags/v1\nfrom refs/heads/main\n\n';
  git(bare, ['fast-import', '--quiet'], commit);
}
