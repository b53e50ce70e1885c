/** URLs as Go's `net/url` takes them apart and puts them together again. */
import { hasWide, toByteString, fromByteString } from '../text/bytes';
import { cut, quote } from '../text/go';

export type GoUrl = {
  readonly scheme: string;
  /** User information as written, without `@`; undefined without any. */
  readonly user?: string;
  /** With the port. */
  readonly host: string;
  /** Decoded. */
  readonly path: string;
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** Decoded. */
  readonly fragment: string;
  /** The URL without query and fragment, the path encoded as Go would. */
  readonly bare: string;
};

/**
 * Parses an absolute URL with an authority.
 * @throws Error for what Go refuses.
 */
export function parseGoUrl(text: string): GoUrl {
  const fail = (reason: string): Error => new Error(`parse ${quote(text)}: ${reason}`);
  if (hasControl(text)) throw fail('net/url: invalid control character in URL');
  const [beforeFragment, rawFragment] = cut(text, '#');
  const [beforeQuery, rawQuery] = cut(beforeFragment, '?');
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/([^/]*)(.*)$/.exec(beforeQuery);
  if (match === null) throw fail('not an absolute URL');
  const [, scheme = '', authority = '', rawPath = ''] = match;
  const atSign = authority.lastIndexOf('@');
  const user = atSign < 0 ? undefined : authority.slice(0, atSign);
  const host = authority.slice(atSign + 1);
  // Brackets belong around an IPv6 address only, and a colon before a port.
  if (!/^(?:\[[^\]]*\]|[^[\]:\s\\^`{|}]*)(?::\d*)?$/.test(host)) {
    throw fail('invalid character in host name');
  }
  let path: string;
  let fragment: string;
  try {
    path = unescapePercent(rawPath);
    fragment = unescapePercent(rawFragment);
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error));
  }
  const userText = user === undefined ? '' : `${user}@`;
  const lower = scheme.toLowerCase();
  return {
    scheme: lower,
    ...(user !== undefined && { user }),
    host,
    path,
    query: parseQuery(rawQuery),
    fragment,
    bare: `${lower}://${userText}${host}${encodePath(rawPath, path)}`,
  };
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** `url.ParseQuery`, bad pieces left out. */
export function parseQuery(text: string): ReadonlyMap<string, readonly string[]> {
  const query = new Map<string, string[]>();
  for (const piece of text.split('&')) {
    if (piece === '' || piece.includes(';')) continue;
    const [rawKey, rawValue] = cut(piece, '=');
    let key: string;
    let value: string;
    try {
      key = unescapePercent(rawKey.replaceAll('+', ' '));
      value = unescapePercent(rawValue.replaceAll('+', ' '));
    } catch {
      continue; // Go reports the error beside the result, and BuildKit does not look at it.
    }
    const known = query.get(key);
    if (known === undefined) query.set(key, [value]);
    else known.push(value);
  }
  return query;
}

function unescapePercent(text: string): string {
  if (!text.includes('%')) return text;
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(text);
  if (bad !== null) throw new Error(`invalid URL escape ${quote(bad[0])}`);
  const bytes = toByteString(text).replace(/%([0-9a-fA-F]{2})/g, (_match, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return fromByteString(bytes);
}

/** The written path if it is encoded well, else the decoded one encoded anew. */
function encodePath(rawPath: string, path: string): string {
  if (!hasWide(rawPath) && /^[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]/%]*$/.test(rawPath)) return rawPath;
  return toByteString(path).replace(
    /[^A-Za-z0-9\-_.~$&+,/:;=@]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
