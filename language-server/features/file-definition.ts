/**
 * Where the files that an instruction names are: the sources of COPY, ADD and of bind mounts in the
 * build context. Which folder is the context is the build's choice, so a folder above the Dockerfile
 * counts too, the nearest one first.
 */
import { candidateFolders, segmentMatcher, segmentsOf } from '../context-paths';
import type { Location, Position } from 'vscode-languageserver-types';
import { expandedText, resolvedValue } from '../dockerfile/occurrences/resolved-values';
import { joinedText } from '../dockerfile/occurrences/joined-text';
import { touches, type Span } from '../dockerfile';
import type { Instruction } from '../dockerfile/parser/syntax-tree';
import type { DockerfileView } from '../dockerfile-view';
import type { ServerHost } from '../host';

/** Files that a pattern may stand for; more are no definition any longer. */
const most = 100;

const start = { line: 0, character: 0 };

export async function fileDefinition(
  view: DockerfileView,
  position: Position,
  host: Pick<ServerHost, 'listFolder'>,
): Promise<Location[]> {
  const offset = view.offsetAt(position);
  const path = contextPathAt(view, offset);
  if (path === undefined || !view.uri.includes('/')) return [];
  const segments = segmentsOf(path);
  if (segments.length === 0) return [];
  const own = view.uri.slice(0, view.uri.lastIndexOf('/') + 1);
  for (const folder of candidateFolders(own)) {
    const found = await matches(host, folder, segments);
    if (found.length > 0) {
      return found.slice(0, most).map((uri) => ({ uri, range: { start, end: start } }));
    }
  }
  return [];
}

/** The path at an offset, variables replaced; undefined for anything that is no file of the context. */
function contextPathAt(view: DockerfileView, offset: number): string | undefined {
  const whole = view.instructionAt(offset);
  const instruction = whole?.trigger ?? whole;
  if (instruction === undefined) return undefined;
  const word = sourceAt(view, instruction, offset);
  if (word === undefined || /^(\w+:\/\/|git@|<<)/.test(word)) return undefined;
  const { tree, variables } = view;
  const scope = view.scopeAt(instruction.span.start);
  return expandedText(word, tree.escape, (name) =>
    resolvedValue(variables, scope, name, instruction.span.start, tree.escape),
  );
}

function sourceAt(
  view: DockerfileView,
  { name, flags, words }: Instruction,
  offset: number,
): string | undefined {
  if (name === 'run') {
    const mount = flags.find(
      ({ name: flag, valueSpan }) =>
        flag === 'mount' && valueSpan !== undefined && touches(valueSpan, offset),
    );
    return mount?.valueSpan && mountSourceAt(view, mount.valueSpan, offset);
  }
  if (name !== 'copy' && name !== 'add') return undefined;
  if (flags.some((flag) => flag.name === 'from')) return undefined;
  return words.slice(0, -1).find((word) => touches(word, offset))?.text;
}

/** `source=` of a bind mount that takes from the context. */
function mountSourceAt(view: DockerfileView, span: Span, offset: number): string | undefined {
  const line = joinedText(view.text, view.tree.escape, span);
  if (/(?:^|,)(?:from=|type=(?!bind))/i.test(line.text)) return undefined;
  const match = /(?:^|,)(?:source|src)=([^,]*)/i.exec(line.text);
  if (match?.[1] === undefined) return undefined;
  const end = match.index + match[0].length;
  return touches(line.spanOf(end - match[1].length, end), offset) ? match[1] : undefined;
}

async function matches(
  host: Pick<ServerHost, 'listFolder'>,
  folder: string,
  [first = '', ...rest]: readonly string[],
): Promise<string[]> {
  const pattern = segmentMatcher(first);
  const found: string[] = [];
  for (const { name, isFolder } of await host.listFolder(folder)) {
    if (!pattern(name)) continue;
    const uri = `${folder}${encodeURIComponent(name)}`;
    if (rest.length === 0) found.push(uri);
    else if (isFolder) found.push(...(await matches(host, `${uri}/`, rest)));
    if (found.length >= most) break;
  }
  return found;
}
