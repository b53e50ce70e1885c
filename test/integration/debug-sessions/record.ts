/** A session's record: its transcript without what differs between two runs of the same. */
import type { DapClient, Message } from '../dap-client';
import { transcript } from '../transcript';

/** @param names text → what to write in its place */
export function recordOf(client: DapClient, names: Readonly<Record<string, string>>): string {
  return steady(transcript(client, names, isTold));
}

/** The same in every session, and told by one of them. */
const told = new Set(['initialize', 'configurationDone']);

function isTold(message: Message): boolean {
  return !told.has(String(message['command'])) && message['event'] !== 'llb.graph';
}

/** Whether other stages have come to their end yet is theirs to say, and differs from run to run. */
function steady(text: string): string {
  return stopsInOrder(outputsJoined(text))
    .replaceAll(/"history":"\w{25,32}"/g, '"history":"BUILD"')
    .replaceAll(/"STAMP":"\d{13}"/g, '"STAMP":"NOW"')
    .replaceAll(/echo \\"\d{13}\\"/g, 'echo \\"NOW\\"')
    .replaceAll(/"allThreads(Stopped|Continued)":(?:true|false)/g, '"allThreads$1":"…"')
    .replaceAll(/; \d+ finished steps? kept/g, '; N finished steps kept')
    .replaceAll(/\b\w{25}::\w{25}\b/g, 'REF');
}

/** Two threads that run side by side stop in any order. */
function stopsInOrder(text: string): string {
  return text.replaceAll(
    /(?:^ {2}\* stopped .*\n){2,}/gm,
    (stops) => `${stops.trimEnd().split('\n').sort().join('\n')}\n`,
  );
}

/** What a command prints comes in pieces as it likes; only the whole is recorded. */
function outputsJoined(text: string): string {
  const two =
    /^( {2}\* output \{"category":"console","output":"(?:[^"\\]|\\.)*)"\}\n {2}\* output \{"category":"console","output":"/gm;
  let whole = text;
  for (let before = ''; before !== whole;) {
    before = whole;
    whole = whole.replaceAll(two, '$1');
  }
  return whole;
}
