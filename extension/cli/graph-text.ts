/** Definitions as pictures and graph languages, for `--format dot|html|mermaid|svg`. */
import { webviewStrings } from '../../proto/messages/webview-strings';
import type { Definition } from '../../proto/model/definition';
import { graphFromDefinitions } from '../../proto/model/graph-from-definition';
import type { GraphOptions } from '../../proto/model/graph-from-definition';
import { graphText, type GraphFormat } from '../../webview/picture/export';
import { textsFrom } from '../../webview/picture/texts';

/**
 * The graph of some definitions, one per platform, as text.
 *
 * @param title what the graph is of, for readers who do not see it
 * @param whole every step of a picture, also where the editor would begin with a part
 */
export function definitionsText(
  definitions: readonly Definition[],
  format: GraphFormat,
  title: string,
  options: GraphOptions = {},
  whole = false,
): string {
  return graphText(graphFromDefinitions(definitions, options), format, {
    texts: textsFrom(webviewStrings),
    title,
    now: 0,
    whole,
  });
}
