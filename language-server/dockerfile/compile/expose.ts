/** EXPOSE: port specifications, the forbidden parts linted. */
import type { ExposeCommand } from '../instructions/command';
import { rules } from '../lint/rules';
import { canonicalIp } from '../names/ip-address';
import { cut, quote, toLower } from '../text/go';
import { NumberError, parseInteger } from '../text/go-numbers';
import { expandWords } from '../words/lexer';
import type { Conversion } from './conversion';
import { because } from './failure';
import { GrowingList } from './growing-list';
import { addHistory } from './history';
import type { StageState } from './stage-state';

export function dispatchExpose(
  conversion: Conversion,
  stage: StageState,
  command: ExposeCommand,
): void {
  // Ports are sorted before variables are expanded, and split after.
  const words = command.ports.flatMap((port) =>
    expandWords(port, stage.state.env, conversion.lexer),
  );
  const ports = words.flatMap((word) => parsePort(conversion, command, word));
  const { exposedPorts } = stage.image;
  stage.setImage({ exposedPorts: exposedPorts?.with(ports) ?? GrowingList.of(ports) });
  addHistory(stage, `EXPOSE [${ports.join(' ')}]`);
}

/** `[ip:][host:]container[/protocol]` → `port/protocol` for each port of the range. */
function parsePort(conversion: Conversion, command: ExposeCommand, written: string): string[] {
  const parts = written.split(':');
  const container = parts.at(-1) ?? '';
  const hostPort = parts.length > 1 ? (parts.at(-2) ?? '') : '';
  let ip = parts.slice(0, -2).join(':');
  let port: string;
  let protocol: string;
  try {
    [port, protocol] = splitProtocol(container);
  } catch (error) {
    throw because(`invalid port: ${quote(written)}`, error);
  }
  const spans = command.node.words.filter((word) => word.text === written);
  const linter = conversion.linter.above(command.comments);
  const { lines } = command;
  if (protocol !== toLower(protocol)) {
    const rule = rules.exposeProtoCasing;
    linter.report(rule, rule.detail(written), { lines, spans });
  }
  if (ip !== '' || hostPort !== '') {
    const rule = rules.exposeInvalidFormat;
    linter.report(rule, rule.detail(written), { lines, spans });
  }
  if (ip.startsWith('[')) ip = withoutBrackets(ip);
  if (ip !== '' && canonicalIp(ip) === undefined) throw new Error(`invalid IP address: ${ip}`);
  const [start, end] = portRange(port, `invalid containerPort: ${port}`);
  if (hostPort !== '') {
    const [hostStart, hostEnd] = portRange(hostPort, `invalid hostPort: ${hostPort}`);
    if (end - start !== hostEnd - hostStart && end !== start) {
      throw new Error(
        `invalid ranges specified for container and host Ports: ${port} and ${hostPort}`,
      );
    }
  }
  const suffix = toLower(protocol);
  return Array.from({ length: end - start + 1 }, (_, index) => `${start + index}/${suffix}`);
}

function splitProtocol(text: string): [port: string, protocol: string] {
  const [port, protocol] = cut(text, '/');
  if (port === '') throw new Error('no port specified');
  if (protocol === '') return [port, 'tcp'];
  if (['tcp', 'udp', 'sctp'].includes(toLower(protocol))) return [port, protocol];
  throw new Error(`invalid proto: ${protocol}`);
}

function withoutBrackets(ip: string): string {
  const close = ip.indexOf(']');
  const reason =
    close < 0
      ? `missing ']' in address`
      : close !== ip.length - 1
        ? ip[close + 1] === ':'
          ? 'too many colons in address'
          : 'missing port in address'
        : ip.slice(1).includes('[')
          ? `unexpected '[' in address`
          : undefined;
  if (reason !== undefined) throw new Error(`invalid IP address ${ip}: address ${ip}:: ${reason}`);
  return ip.slice(1, close);
}

function portRange(text: string, message: string): [start: number, end: number] {
  try {
    const [first, last, isRange] = cut(text, '-');
    const start = portNumber(first);
    const end = isRange && first !== last ? portNumber(last) : start;
    if (end < start) throw new Error(`invalid port range: ${text}`);
    return [start, end];
  } catch (error) {
    throw new Error(message, { cause: error });
  }
}

function portNumber(text: string): number {
  const port = parseInteger(text, 10, 64);
  if (port < 0n || port > 65_535n) {
    throw new NumberError('ParseInt', text, 'value out of range');
  }
  return Number(port);
}
