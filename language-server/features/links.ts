/** Where an image can be read about on the web. */
import type { DocumentLink } from 'vscode-languageserver-types';
import type { DockerfileView } from '../dockerfile-view';
import { parseNormalized, detectSyntax } from '../dockerfile';
import { expandedText, resolvedValue } from '../dockerfile/occurrences/resolved-values';
import type { Span } from '../dockerfile/text/span';

/** The page of a repository, by registry; undefined for a name that the registry cannot have. */
const pages: Readonly<Record<string, (path: string) => string | undefined>> = {
  'docker.io': (path) =>
    path.startsWith('library/')
      ? `https://hub.docker.com/_/${path.slice('library/'.length)}/`
      : `https://hub.docker.com/r/${path}/`,
  // A package belongs to a repository, which has its own name; that of the package is usual.
  'ghcr.io': (path) =>
    path.includes('/')
      ? `https://github.com/${path}/pkgs/container/${path.slice(path.lastIndexOf('/') + 1)}`
      : undefined,
  'mcr.microsoft.com': (path) => `https://mcr.microsoft.com/artifact/mar/${path}`,
  'quay.io': (path) => `https://quay.io/repository/${path}`,
  'public.ecr.aws': (path) => `https://gallery.ecr.aws/${path}`,
};

export function links(view: DockerfileView): DocumentLink[] {
  const places: { readonly text: string; readonly span: Span }[] = [];
  const syntax = view.tree.directives.find(({ name }) => name === 'syntax');
  const frontend = detectSyntax(view.text);
  if (syntax !== undefined && frontend !== undefined) {
    const { start } = syntax.valueSpan;
    places.push({ text: frontend.ref, span: { start, end: start + frontend.ref.length } });
  }
  for (const { kind, target, text, span, byIndex } of view.stages.references) {
    if (target !== undefined || byIndex) continue;
    // `--from` may name a context of the build as well, so only what must be an image counts.
    if (kind === 'from' || /[/:@]/.test(text)) places.push({ text, span });
  }
  return places
    .flatMap(({ text, span }) => linkOf(view, text, span) ?? [])
    .sort((a, b) => a.range.start.line - b.range.start.line);
}

/** The link stands on the name without tag and digest. */
function linkOf(view: DockerfileView, written: string, span: Span): DocumentLink | undefined {
  const bare = withoutTag(written);
  const hasVariable = bare.includes('$');
  const text = hasVariable ? imageOf(view, written, span) : written;
  if (text === undefined) return undefined;
  const name = withoutTag(text);
  let page: string | undefined;
  try {
    const { domain, path } = parseNormalized(name);
    page = pages[domain]?.(path);
  } catch {
    return undefined; // Not an image name, or one with variables in it.
  }
  if (page === undefined) return undefined;
  // A name that variables make up is linked as a whole.
  const end = hasVariable || text === name ? span.end : span.start + name.length;
  return { range: view.range({ start: span.start, end }), target: page };
}

/** The image that a name with variables in it stands for in the chosen build. */
function imageOf({ tree, variables }: DockerfileView, text: string, { start }: Span) {
  return expandedText(text, tree.escape, (name) =>
    resolvedValue(variables, variables.global, name, start, tree.escape),
  );
}

function withoutTag(image: string): string {
  const name = image.split('@')[0] ?? '';
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}
