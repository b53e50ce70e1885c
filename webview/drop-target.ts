/** Files, and builds of the history, that are dropped onto the page go to the host. */
import { arrayOf, isString } from '../proto/messages/validate';

/** What editors carry addresses in, the fullest first. */
const uriLists = ['application/vnd.code.uri-list', 'text/uri-list'];
/** Older ones write an array as JSON. */
const RESOURCES = 'resourceurls';
const isList = arrayOf(isString);

/** @param dropped gets at least one address */
export function acceptDrops(
  element: HTMLElement,
  dropped: (uris: readonly string[]) => void,
): void {
  const mark = (over: boolean): void => void element.classList.toggle('drop-here', over);
  element.addEventListener('dragover', (event) => {
    const types = event.dataTransfer?.types ?? [];
    if (![...uriLists, RESOURCES].some((type) => types.includes(type))) return;
    event.preventDefault();
    mark(true);
  });
  element.addEventListener('dragleave', (event) => {
    const to = event.relatedTarget;
    if (!(to instanceof Node) || !element.contains(to)) mark(false);
  });
  element.addEventListener('drop', (event) => {
    mark(false);
    const uris = event.dataTransfer === null ? [] : urisOf(event.dataTransfer);
    if (uris.length === 0) return;
    event.preventDefault();
    dropped(uris);
  });
}

function urisOf(data: DataTransfer): readonly string[] {
  for (const type of uriLists) {
    // Lines that begin with # are remarks (RFC 2483).
    const lines = data.getData(type).split(/\r?\n/);
    const uris = lines.filter((line) => line !== '' && !line.startsWith('#'));
    if (uris.length > 0) return uris;
  }
  try {
    const list: unknown = JSON.parse(data.getData(RESOURCES));
    return isList(list) ? list : [];
  } catch {
    return [];
  }
}
