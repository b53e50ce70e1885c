/** Caches to import, which clients name in JSON. They change nothing of the definition. */
import { toBytes } from '../text/bytes';
import { checkDecodes, type GoType } from '../text/go-decode';
import { checkJsonSyntax } from '../text/go-json-syntax';

const entries: GoType = {
  kind: 'list',
  name: '[]*moby_buildkit_v1.CacheOptionsEntry',
  of: {
    kind: 'struct',
    name: 'moby_buildkit_v1.CacheOptionsEntry',
    fields: {
      Type: { type: { kind: 'string', name: 'string' } },
      Attrs: {
        type: {
          kind: 'map',
          name: 'map[string]string',
          of: { kind: 'string', name: 'string' },
        },
      },
    },
  },
};

/** @throws Error with Go's message for what is not JSON, and for values of a wrong kind */
export function checkCacheImports(text: string): void {
  if (text === '') return;
  checkJsonSyntax(toBytes(text));
  checkDecodes(JSON.parse(text), entries);
}
