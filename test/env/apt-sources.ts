// Reads apt's own lists of package sources, to find the mirror that this machine uses.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
}

/** The binary sources of a one-line-style file (`sources.list(5)`: `deb [options] URI SUITE COMPONENT…`). */
export function parseOneLineStyle(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match === null) return [];
    const [, uri = '', suite = '', components = ''] = match;
    return [{ uri, suite, components: words(components) }];
  });
}

/** The binary sources of a deb822-style file (`sources.list(5)`: stanzas of fields). */
export function parseDeb822(text: string): AptSource[] {
  const withoutComments = text.replace(/^#.*\n?/gm, '');
  return withoutComments.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    for (const [, name = '', value = ''] of stanza.matchAll(
      /^([A-Za-z-]+):[ \t]*((?:.*)(?:\n[ \t].*)*)/gm,
    )) {
      fields.set(name.toLowerCase(), value);
    }
    if (!words(fields.get('types')).includes('deb') || fields.get('enabled')?.trim() === 'no')
      return [];
    const components = words(fields.get('components'));
    return words(fields.get('uris')).flatMap((uri) =>
      words(fields.get('suites')).map((suite) => ({ uri, suite, components })),
    );
  });
}

/** All binary sources that apt would use, in the order in which it reads them. */
export function aptSources(folder = '/etc/apt'): AptSource[] {
  const parts = join(folder, 'sources.list.d');
  const files = [join(folder, 'sources.list'), ...list(parts).map((name) => join(parts, name))];
  return files.flatMap((file) => {
    if (file.endsWith('.sources')) return parseDeb822(read(file));
    return file.endsWith('.list') ? parseOneLineStyle(read(file)) : [];
  });
}

/** The mirror that serves the distribution's own release (not its updates, nor a third party). */
export function distributionMirror(
  sources: readonly AptSource[],
  codename: string,
): string | undefined {
  return sources.find((source) => source.suite === codename && source.components.includes('main'))
    ?.uri;
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // apt, too, takes a missing folder as an empty one.
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
