/** A debug session as text, with everything that differs from run to run taken out. */
import { isRecord } from '../../extension/engine/profile/decode';
import type { DapClient, Message } from './dap-client';

/** What comes at its own pace, and so at no fixed place, or says again what others have said. */
const unordered = (event: unknown, body: unknown) =>
  event === 'llb.patch' ||
  event === 'llb.position' ||
  event === 'thread' ||
  (event === 'output' && isRecord(body) && body['category'] === 'stdout');

/**
 * @param names text → what to write in its place
 * @param isTold leaves messages out that the reader has seen elsewhere
 */
export function transcript(
  client: DapClient,
  names: Readonly<Record<string, string>>,
  isTold: (message: Message) => boolean = () => true,
): string {
  const lines = client.said.flatMap(({ by, message }) => {
    if (!isTold(message)) return [];
    const { type, command, event, body } = message;
    if (type === 'event') {
      return unordered(event, body)
        ? []
        : [`  * ${String(event)} ${text(graphNames(event, body))}`];
    }
    const arrow = by === 'client' ? '-->' : '<--';
    const content = type === 'request' ? message['arguments'] : (body ?? message['message']);
    return [`${arrow} ${String(type)} ${String(command)} ${text(content)}`];
  });
  let whole = lines.map((line) => line.trimEnd()).join('\n');
  for (const [found, name] of Object.entries(names)) whole = whole.replaceAll(found, name);
  return `${whole
    .replaceAll(/sha256:[0-9a-f]{64}/g, 'DIGEST')
    .replaceAll(/"[0-9a-f]{32}"/g, '"BUILD"')
    .replaceAll(/"hash":"[0-9a-f]{64}"/g, '"hash":"HASH"')
    .replaceAll(/\((\d+\.\d) s\)/g, '(SECONDS)')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, 'TIME')
    .replaceAll(/[^"\s]*\/llb-lens-\w{6}\/link\.json/g, 'LINK')}\n`;
}

function text(value: unknown): string {
  return value === undefined || (isRecord(value) && Object.keys(value).length === 0)
    ? ''
    : JSON.stringify(value);
}

/** Of a graph its vertices are enough here. */
function graphNames(event: unknown, body: unknown): unknown {
  if (event !== 'llb.graph' || !isRecord(body)) return body;
  const { graph, ...rest } = body;
  const nodes: unknown = isRecord(graph) ? graph['nodes'] : undefined;
  const names = (Array.isArray(nodes) ? nodes : [])
    .filter((node: unknown): node is Message => isRecord(node) && node['internal'] !== true)
    .map((node) => node['fullName']);
  return { ...rest, nodes: names };
}
