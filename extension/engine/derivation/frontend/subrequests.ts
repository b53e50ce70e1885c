/** What `docker build --call` asks of a frontend: which targets a file has, and what one is about. */
import type { Result } from '../../../../proto/generated/gateway';
import type { Init } from '../../../../proto/wire/message';
import { BuildFailure } from '../../input/build-input';
import type { InstallablesDocument } from '../image/installables-document';

const VERSION = '1.0.0';
const ANSWERS = ['result.json', 'result.txt'].map((name) => ({ name }));
const REQUESTS = [
  { name: 'frontend.targets', description: 'List the installables that can be built' },
  { name: 'frontend.outline', description: 'Tell what the image is made of' },
  { name: 'frontend.subrequests.describe', description: 'List the requests that are answered' },
];

/** @throws BuildFailure for a request that is none of ours */
export function subrequestAnswer(
  request: string,
  { installables }: InstallablesDocument,
  file: string,
  text: Uint8Array,
): Init<Result> {
  const sources = [Buffer.from(text).toString('base64')];
  if (request === 'frontend.targets') {
    const targets = installables.map((name) => ({ name, ...placeOf(name, text) }));
    return answer({ targets, sources }, ['TARGET', ...installables]);
  }
  if (request === 'frontend.outline') {
    const description = `an image of ${installables.join(', ')}`;
    return answer({ name: file, description, sources }, [file, description]);
  }
  if (request === 'frontend.subrequests.describe') {
    const value = REQUESTS.map((each) => ({
      ...each,
      version: VERSION,
      type: 'rpc',
      metadata: ANSWERS,
    }));
    return answer(
      value,
      value.map(({ name, description }) => `${name}  ${description}`),
    );
  }
  throw new BuildFailure(`This frontend does not answer ${request}.`);
}

function answer(value: unknown, lines: readonly string[]): Init<Result> {
  const encode = (one: string): Uint8Array => new TextEncoder().encode(one);
  const metadata = new Map([
    ['result.json', encode(JSON.stringify(value))],
    ['result.txt', encode(lines.map((line) => `${line}\n`).join(''))],
    ['version', encode(VERSION)],
  ]);
  return { metadata };
}

/** The line that names an installable, as BuildKit's protocol spells places. */
function placeOf(name: string, text: Uint8Array) {
  const line = new TextDecoder()
    .decode(text)
    .split('\n')
    .findIndex((each) => each.includes(JSON.stringify(name)));
  if (line < 0) return {};
  const at = { line: line + 1, character: 0 };
  return { location: { sourceIndex: 0, ranges: [{ start: at, end: at }] } };
}
