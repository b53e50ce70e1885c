/**
 * A registry with a gate in front: a real registry's answers, but only for those who show a token
 * or a login, and failures on demand.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';

export type Gate =
  | { readonly kind: 'open' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** Tokens by OAuth's POST, or only by GET as older servers do. */
  | {
      readonly kind: 'token';
      readonly post: boolean;
      readonly login?: { readonly username: string; readonly password: string };
    }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  /** Takes the question and never answers. */
  | { readonly kind: 'silent' };

export type RegistryFront = {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** `METHOD path status`, in the order in which they ended. */
  readonly log: string[];
  /** Requests that were taken and are not over. */
  readonly open: number;
  gate: Gate;
  close(): Promise<void>;
};

const token = 'the-token';

/** @param upstream the real registry's base URL */
export async function startRegistryFront(upstream: string): Promise<RegistryFront> {
  const log: string[] = [];
  let open = 0;
  const front: { gate: Gate } = { gate: { kind: 'open' } };
  const server = createServer((incoming, response) => {
    open++;
    response.on('close', () => {
      open--;
      log.push(`${incoming.method ?? ''} ${incoming.url ?? ''} ${response.statusCode}`);
    });
    handle(front.gate, upstream, incoming, response).catch((error: unknown) => {
      response.writeHead(502).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const { port } = address;
  return {
    host: `127.0.0.1:${port}`,
    log,
    get open() {
      return open;
    },
    get gate() {
      return front.gate;
    },
    set gate(gate) {
      front.gate = gate;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

async function handle(
  gate: Gate,
  upstream: string,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host ?? ''}`);
  const { authorization } = incoming.headers;
  if (gate.kind === 'silent') return;
  if (gate.kind === 'status') {
    const body = JSON.stringify({ errors: [{ code: 'X', message: 'said by the registry' }] });
    response.writeHead(gate.status, gate.headers).end(body);
    return;
  }
  if (gate.kind === 'token' && url.pathname === '/token') {
    await giveToken(gate, incoming, url, response);
    return;
  }
  if (gate.kind === 'basic' && authorization !== basic(gate)) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="front"' }).end();
    return;
  }
  if (gate.kind === 'token' && authorization !== `Bearer ${token}`) {
    const scope = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(url.pathname)?.[1] ?? '';
    const challenge = `Bearer realm="http://${url.host}/token",service="front",scope="repository:${scope}:pull"`;
    response.writeHead(401, { 'www-authenticate': challenge }).end();
    return;
  }
  const { accept } = incoming.headers;
  const forwarded = request(new URL(incoming.url ?? '/', upstream), {
    method: incoming.method ?? 'GET',
    headers: accept === undefined ? {} : { accept },
  });
  forwarded.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  forwarded.on('error', () => response.destroy());
  forwarded.end();
}

const basic = ({ username, password }: { username: string; password: string }): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

async function giveToken(
  gate: Extract<Gate, { kind: 'token' }>,
  incoming: IncomingMessage,
  url: URL,
  response: ServerResponse,
): Promise<void> {
  let body = '';
  for await (const chunk of incoming.setEncoding('utf8')) body += String(chunk);
  if (incoming.method === 'POST' && !gate.post) {
    response.writeHead(404).end();
    return;
  }
  const form = new URLSearchParams(incoming.method === 'POST' ? body : url.search);
  const { login } = gate;
  const isKnown =
    login === undefined ||
    (incoming.method === 'POST'
      ? form.get('username') === login.username && form.get('password') === login.password
      : incoming.headers.authorization === basic(login));
  if (!isKnown || form.get('service') !== 'front' || form.get('scope') === null) {
    response.writeHead(401).end('{"details":"incorrect username or password"}');
    return;
  }
  response.writeHead(200).end(JSON.stringify({ token, access_token: token, expires_in: 300 }));
}
