/** The `WWW-Authenticate` header: what a registry wants to know before it answers. */

export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      readonly realm: string;
      readonly service: string;
      readonly scopes: readonly string[];
      /** `invalid_token`, `insufficient_scope` … when a token was sent and is refused. */
      readonly error?: string;
    };

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const parameter = new RegExp(
  `\\s*(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))\\s*,?`,
  'y',
);
const scheme = new RegExp(`\\s*(${token})`, 'y');

/** The first challenge that can be met: a bearer token before a plain login. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined) return undefined;
  scheme.lastIndex = 0;
  let basic = false;
  for (let match = scheme.exec(header); match !== null; match = scheme.exec(header)) {
    const [parameters, end] = readParameters(header, scheme.lastIndex);
    const name = match[1]?.toLowerCase();
    if (name === 'bearer') {
      const error = parameters.get('error');
      return {
        scheme: 'bearer',
        realm: parameters.get('realm') ?? '',
        service: parameters.get('service') ?? '',
        scopes: (parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== ''),
        ...(error !== undefined && { error }),
      };
    }
    if (name === 'basic') basic = true;
    scheme.lastIndex = end;
  }
  return basic ? { scheme: 'basic' } : undefined;
}

function readParameters(header: string, start: number): [ReadonlyMap<string, string>, number] {
  const found = new Map<string, string>();
  let end = start;
  parameter.lastIndex = start;
  for (let match = parameter.exec(header); match !== null; match = parameter.exec(header)) {
    const [, name = '', quoted, plain = ''] = match;
    found.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain);
    end = parameter.lastIndex;
  }
  return [found, end];
}
